import { z } from 'zod'
import { SWEEP_PORT } from '../rules/sweep-state.ts'
import { DATABASE_VARIABLES, names, readEnvironment, whole } from '../store/postgres/environment.ts'

const environment = z.object({
  ...DATABASE_VARIABLES,
  /** Folder with the certificate for GET /state. */
  CALLBOT_TLS: z.string().min(1),
  /** Names, one of which a certificate has to prove to get /state: the operator's. */
  CALLBOT_OBSERVERS: names,
  CALLBOT_STATE_PORT: whole(0, 65_535, SWEEP_PORT),
  /** Folder with the files of policies. */
  CALLBOT_POLICIES: z.string().min(1),
  CALLBOT_SWEEP_SECONDS: whole(1, 3_600, 5),
  CALLBOT_UNKNOWN_LIMIT: whole(0, 1_000_000_000, 100_000),
  CALLBOT_PARTITION_SECONDS: whole(1, 31_536_000, 86_400),
  CALLBOT_FILES_SECONDS: whole(1, 300, 300),
  CALLBOT_TRANSACTION_SECONDS: whole(1, 60, 60),
  CALLBOT_HEALTH_PORT: whole(0, 65_535, 8_081),
})

export type SweepConfig = z.output<typeof environment>

/** @throws Error that names each variable that is missing or wrong */
export const readSweepConfig = (env: NodeJS.ProcessEnv): SweepConfig => readEnvironment(environment, env)
