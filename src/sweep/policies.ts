/** The files of policies: one for each namespace, so that one that can't be read stops nobody else's. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from '../api/retention-policy.ts'
import { ALL_POLICIES_FILE, fileOfNamespace, namespaceOfFile, NAMESPACES_FILE } from '../rules/policy-file-names.ts'
import type { PolicyNow } from '../rules/retention/purge-plan.ts'
import { named } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'

/** A policy as the file has it. */
export interface FiledPolicy extends PolicyNow {
  /** metadata.generation of the RetentionPolicy, which the state repeats. */
  readonly generation: number
}

export interface KnownPolicies {
  readonly policies: readonly FiledPolicy[]
  /** Namespaces that have policies of which none was ever read: one of them may hold data, so no key of theirs is destroyed. */
  readonly unread: ReadonlySet<string>
}

const day = z.string().regex(/^\d{4}-\d\d-\d\d$/)
const dataClass = z.enum(DATA_CLASSES)
const life = z.number().int().min(0).max(LONGEST_LIFE_SECONDS)
const tenant = z.string().min(1).max(63)
const policies = z
  .array(
    z.strictObject({
      tenant,
      name: z.string().min(1).max(63),
      mode: z.enum(['Audit', 'Enforce']),
      generation: z.number().int().min(0).default(0),
      maxDeletionsPerRun: z.number().int().min(0),
      // Of the operator before.
      delivers: z.boolean().optional(),
      rules: z.array(z.strictObject({ class: dataClass, seconds: life })).max(DATA_CLASSES.length),
      legalHolds: z
        .array(
          z.strictObject({
            ...{ name: z.string(), classes: z.array(dataClass) },
            ...{ callsFrom: day, callsUntil: day, endsOn: day },
          }),
        )
        .max(100),
    }),
  )
  .max(10_000)
const namespaces = z.array(tenant).max(100_000)

/** @returns undefined: it is not there, or not valid */
async function readAs<T extends z.ZodType>(schema: T, file: string): Promise<z.output<T> | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data
  } catch {
    return undefined
  }
}

export interface PolicyFilesReader {
  /** @returns whether the files say which namespaces have policies. What was read last stays in use if not */
  read(): Promise<boolean>
  /** Undefined: nothing was ever read. Whoever knows nothing destroys nothing. */
  known(): KnownPolicies | undefined
}

export function createPolicyFiles(folder: string, log: Log): PolicyFilesReader {
  const last = new Map<string, readonly FiledPolicy[]>()
  const broken = new Set<string>()
  let wanted: ReadonlySet<string> | undefined

  async function readOne(namespace: string, old: readonly FiledPolicy[]): Promise<void> {
    const own = await readAs(policies, join(folder, fileOfNamespace(namespace)))
    const isValid = own?.every((policy) => policy.tenant === namespace) ?? false
    if (isValid) last.set(namespace, own!)
    else if (old.length > 0) last.set(namespace, old)
    if (isValid || old.length > 0) broken.delete(namespace)
    else if (!broken.has(namespace)) {
      broken.add(namespace)
      log.error(
        { namespace: named(namespace) },
        'the policies of a namespace are missing or not valid: those that were read last stay in use, and without any no key of it is destroyed',
      )
    }
  }

  return {
    async read() {
      const files = await readdir(folder).catch(() => [])
      const listed = await readAs(namespaces, join(folder, NAMESPACES_FILE))
      const all = listed ? undefined : await readAs(policies, join(folder, ALL_POLICIES_FILE))
      if (listed === undefined && all === undefined) {
        log.error(
          { folder: named(folder) },
          'the files of policies are not valid: those that were read last stay in use, and without any nothing is destroyed',
        )
        return false
      }
      const old = Map.groupBy(all ?? [], (policy) => policy.tenant)
      wanted = new Set([...(listed ?? old.keys()), ...files.flatMap((name) => namespaceOfFile(name) ?? [])])
      for (const namespace of last.keys()) if (!wanted.has(namespace)) last.delete(namespace)
      for (const namespace of wanted) await readOne(namespace, old.get(namespace) ?? [])
      return true
    },
    known: () =>
      wanted && {
        policies: [...last.values()].flat(),
        unread: new Set([...wanted].filter((namespace) => !last.has(namespace))),
      },
  }
}
