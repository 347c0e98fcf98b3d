/**
 * What the operator publishes of RetentionPolicies (src/operator/render/policies.ts writes it): keys of ConfigMaps, which are files of one folder in
 * the pods of sweep and store.
 */
import { z } from 'zod'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from '../api/retention-policy.ts'
import type { Hold } from '../rules/retention/holds.ts'
import type { PolicyNow } from '../rules/retention/purge-plan.ts'
import type { ClassLife } from './store/rows.ts'

/** Names of all namespaces with policies, JSON. Written last: one whose file is not there yet is known to be missing. */
export const NAMESPACES_FILE = 'namespaces.json'
/** All policies in one file, as the version before wrote it: read while the list of namespaces is not there. */
export const ALL_POLICIES_FILE = 'policies.json'

export const fileOfNamespace = (namespace: string): string => `of.${namespace}.json`

/** @returns undefined for a file of another kind */
export const namespaceOfFile = (name: string): string | undefined => /^of[.]([a-z0-9-]{1,63})[.]json$/.exec(name)?.[1]

/** A policy as the file has it. */
export interface FiledPolicy extends PolicyNow {
  /** metadata.generation of the RetentionPolicy, which the state repeats. */
  readonly generation: number
}

/** For how long a policy keeps each class, and its legal holds. */
export interface PolicyLives {
  readonly tenant: string
  readonly name: string
  readonly rules: readonly ClassLife[]
  readonly legalHolds: readonly Hold[]
}

const name = z.string().min(1).max(63)
const rule = { class: z.enum(DATA_CLASSES), seconds: z.int().min(0).max(LONGEST_LIFE_SECONDS) }
const day = z.string().regex(/^\d{4}-\d\d-\d\d$/)
const hold = z.strictObject({
  ...{ name: z.string(), classes: z.array(z.enum(DATA_CLASSES)) },
  ...{ callsFrom: day, callsUntil: day, endsOn: day },
})
const listOf = <T extends z.ZodType>(policy: T) => z.array(policy).max(10_000)

const filed = listOf(
  z.strictObject({
    ...{ tenant: name, name, mode: z.enum(['Audit', 'Enforce']) },
    generation: z.int().min(0).default(0),
    maxDeletionsPerRun: z.int().min(0),
    // Of the operator before.
    delivers: z.boolean().optional(),
    rules: z.array(z.strictObject(rule)).max(DATA_CLASSES.length),
    legalHolds: z.array(hold).max(100),
  }),
)
const lives = listOf(
  z.object({
    ...{ tenant: name, name, rules: z.array(z.object(rule)).max(DATA_CLASSES.length) },
    // What is not known of one may narrow it: then none can be read by.
    legalHolds: z.array(hold).max(100).catch([]),
  }),
)
const namespaces = z.array(name).max(100_000)

/**
 * Whole policies, for whoever destroys keys: a member that this version does not know may be a reason to keep them.
 * @returns undefined: not valid, or with a member that this version does not know
 */
export const readPolicies = (text: string): readonly FiledPolicy[] | undefined => readAs(filed, text)

/** @returns undefined: not valid. Members that this version does not know are ignored */
export const readLives = (text: string): readonly PolicyLives[] | undefined => readAs(lives, text)

/** The text of `NAMESPACES_FILE`. @returns undefined: not valid */
export const readNamespaces = (text: string): readonly string[] | undefined => readAs(namespaces, text)

function readAs<T extends z.ZodType>(schema: T, text: string): z.output<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
