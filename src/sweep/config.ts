import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from '../api/retention-policy.ts'
import type { PolicyNow } from '../rules/retention/purge-plan.ts'
import { SWEEP_PORT } from '../rules/sweep-state.ts'
import { DATABASE_VARIABLES, names, readEnvironment, whole } from '../store/postgres/environment.ts'

const environment = z.object({
  ...DATABASE_VARIABLES,
  /** Folder with the certificate for GET /state. */
  CALLBOT_TLS: z.string().min(1),
  /** Names, one of which a certificate has to prove to get /state: the operator's. */
  CALLBOT_OBSERVERS: names,
  CALLBOT_STATE_PORT: whole(0, 65_535, SWEEP_PORT),
  /** File with the policies, JSON. */
  CALLBOT_POLICIES: z.string().min(1),
  CALLBOT_SWEEP_SECONDS: whole(1, 3_600, 5),
  CALLBOT_UNKNOWN_LIMIT: whole(0, 1_000_000_000, 100_000),
  CALLBOT_PARTITION_SECONDS: whole(1, 31_536_000, 86_400),
  CALLBOT_FILES_SECONDS: whole(1, 300, 300),
  CALLBOT_TRANSACTION_SECONDS: whole(1, 60, 60),
  CALLBOT_HEALTH_PORT: whole(0, 65_535, 8_081),
})

/** A policy as the file has it. */
export interface FiledPolicy extends PolicyNow {
  /** metadata.generation of the RetentionPolicy, which the state repeats. */
  readonly generation: number
  /** Its namespace has the program records even if nothing is kept there. */
  readonly delivers?: boolean | undefined
}

export type SweepConfig = z.output<typeof environment>

/** @throws Error that names each variable that is missing or wrong */
export const readSweepConfig = (env: NodeJS.ProcessEnv): SweepConfig => readEnvironment(environment, env)

const day = z.string().regex(/^\d{4}-\d\d-\d\d$/)
const dataClass = z.enum(DATA_CLASSES)
const life = z.number().int().min(0).max(LONGEST_LIFE_SECONDS)
const policies = z
  .array(
    z.strictObject({
      tenant: z.string().min(1).max(63),
      name: z.string().min(1).max(63),
      mode: z.enum(['Audit', 'Enforce']),
      generation: z.number().int().min(0).default(0),
      maxDeletionsPerRun: z.number().int().min(0),
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

/**
 * Reads the policies. Whoever has none destroys nothing: one of them may hold data.
 * @throws Error that names the file and the place, and quotes nothing
 */
export async function readPolicies(file: string): Promise<FiledPolicy[]> {
  const text = await readFile(file, 'utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error(`${file} is no JSON: write it again`)
  }
  const read = policies.safeParse(value)
  if (read.success) return read.data
  throw new Error(`${file} is no list of policies: see ${read.error.issues[0]?.path.join('.') || 'its beginning'}`)
}
