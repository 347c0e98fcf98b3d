import { z } from 'zod'
import { RECORDS_PORT } from '../rules/records-state.ts'
import { DATABASE_VARIABLES, names, readEnvironment, whole } from '../store/postgres/environment.ts'

const environment = z.object({
  /** The namespace, which is also the name of the role. */
  CALLBOT_TENANT: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
  ...DATABASE_VARIABLES,
  /** File with the root keys. */
  CALLBOT_ROOTS: z.string().min(1),
  /** Folder with tls.crt, tls.key and ca.crt: the certificate of the server, and the CA of pods. */
  CALLBOT_TLS: z.string().min(1),
  /** Names, one of which a certificate has to prove to get /state and /metrics: the operator's alone. */
  CALLBOT_OBSERVERS: names.default(['callbot-operator.callbot-system.svc']),
  CALLBOT_RECORDS_PORT: whole(0, 65_535, RECORDS_PORT),
  CALLBOT_HEALTH_PORT: whole(0, 65_535, 8_081),
})

export type RecordsConfig = z.output<typeof environment>

/** @throws Error that names each variable that is missing or wrong */
export const readRecordsConfig = (env: NodeJS.ProcessEnv): RecordsConfig => readEnvironment(environment, env)
