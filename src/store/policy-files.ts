/** The files of policies: one for each namespace, so that one that can't be read stops nobody else's. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ALL_POLICIES_FILE,
  fileOfNamespace,
  namespaceOfFile,
  NAMESPACES_FILE,
  readNamespaces,
} from '../messages/policies.ts'
import { named } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'
import { currentVersion } from '../runtime/mounted-volume.ts'

export interface KnownPolicies<P> {
  readonly byNamespace: ReadonlyMap<string, readonly P[]>
  /** Namespaces that have policies of which none was ever read: one of them may hold data, so no key of theirs is destroyed. */
  readonly unread: ReadonlySet<string>
}

export interface PolicyFiles<P> {
  /** @returns whether the files say which namespaces have policies. What was read last stays in use if not */
  read(): Promise<boolean>
  /** Undefined: nothing was ever read. Whoever knows nothing stores and destroys nothing. */
  known(): KnownPolicies<P> | undefined
}

export interface PolicyFilesOptions<P> {
  readonly folder: string
  /** Undefined for a text that is not valid. */
  readonly parse: (text: string) => readonly P[] | undefined
  readonly log: Log
}

interface Parsed<P> {
  readonly text: string
  readonly policies: readonly P[] | undefined
}

const INVALID =
  'the files of policies are missing or not valid: those that were read last stay in use, and without any nothing is stored or destroyed'
const BROKEN =
  'the policies of a namespace are missing or not valid: those that were read last stay in use, and without any nothing of it is stored and no key of it is destroyed'

/** A reader of the folder, which reads once at a time. Programs differ in what they parse of a policy, and not in which one applies. */
export function createPolicyFiles<P extends { readonly tenant: string }>(o: PolicyFilesOptions<P>): PolicyFiles<P> {
  let parsed: ReadonlyMap<string, Parsed<P>> = new Map()
  let known: KnownPolicies<P> | undefined
  /** What the log has: of the folder, and the namespaces. */
  let isValid = true
  let broken: ReadonlySet<string> = new Set()

  /** Each file that is there; one that is as it was is not parsed again. */
  async function parseAll(folder: string, names: readonly string[]): Promise<void> {
    const all = names.map(async (name) => {
      const [before, text] = [parsed.get(name), await textOf(join(folder, name))]
      return [name, before?.text === text ? before : { text, policies: o.parse(text) }] as const
    })
    parsed = new Map(await Promise.all(all))
  }

  function ofNamespace(namespace: string): readonly P[] | undefined {
    const own = parsed.get(fileOfNamespace(namespace))?.policies
    return own?.every(({ tenant }) => tenant === namespace) ? own : undefined
  }

  function take(found: ReadonlyMap<string, readonly P[] | undefined>): void {
    const last = known?.byNamespace
    const invalid = [...found.keys()].filter((namespace) => found.get(namespace) === undefined)
    const now = [...found].map(([namespace, policies]) => [namespace, policies ?? last?.get(namespace)] as const)
    known = {
      byNamespace: new Map(now.flatMap(([namespace, policies]) => (policies ? [[namespace, policies]] : []))),
      unread: new Set(invalid.filter((namespace) => !last?.has(namespace))),
    }
    for (const namespace of invalid) if (!broken.has(namespace)) o.log.error({ namespace: named(namespace) }, BROKEN)
    broken = new Set(invalid)
  }

  return {
    async read() {
      const folder = await currentVersion(o.folder)
      const names = await readdir(folder).catch(() => [])
      const own = names.filter((name) => namespaceOfFile(name) !== undefined)
      const listed = readNamespaces(await textOf(join(folder, NAMESPACES_FILE)))
      await parseAll(folder, listed === undefined ? [...own, ALL_POLICIES_FILE] : own)
      const all = parsed.get(ALL_POLICIES_FILE)?.policies
      const wasValid = isValid
      isValid = listed !== undefined || all !== undefined
      if (!isValid) {
        if (wasValid) o.log.error({ folder: named(o.folder) }, INVALID)
        return false
      }
      const before = Map.groupBy(all ?? [], ({ tenant }) => tenant)
      const wanted = new Set([...(listed ?? before.keys()), ...own.map((name) => namespaceOfFile(name)!)])
      take(new Map([...wanted].map((namespace) => [namespace, ofNamespace(namespace) ?? before.get(namespace)])))
      return true
    },
    known: () => known,
  }
}

/** Of a file that can't be read: nothing. */
const textOf = (file: string) => readFile(file, 'utf8').catch(() => '')
