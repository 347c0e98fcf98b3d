import { z } from 'zod'
import { STORE_PORT } from '../messages/store/limits.ts'
import { DATABASE_VARIABLES, names, readEnvironment, whole } from '../store/postgres/environment.ts'

const environment = z.object({
  ...DATABASE_VARIABLES,
  /** Folder with tls.crt, tls.key and ca.crt: the certificate of the server, and the CA of its clients. */
  CALLBOT_TLS: z.string().min(1),
  /** Names, one of which a certificate has to prove to get /metrics: the operator's. */
  CALLBOT_OBSERVERS: names,
  CALLBOT_STORE_PORT: whole(0, 65_535, STORE_PORT),
  /** Folder with the files of policies, JSON. */
  CALLBOT_POLICIES: z.string().min(1),
  /** Connections to the database. Half of them, rounded down, are the most that one namespace has at a time. */
  CALLBOT_STORE_CONNECTIONS: whole(2, 1_000, 16),
  /** What a namespace may keep: keys, and octets of records. */
  CALLBOT_STORE_KEYS: whole(1, 100_000_000, 20_000),
  CALLBOT_STORE_OCTETS: whole(1, Number.MAX_SAFE_INTEGER, 2_147_483_648),
  CALLBOT_HEALTH_PORT: whole(0, 65_535, 8_081),
})

export type StoreConfig = z.output<typeof environment>

/** @throws Error that names each variable that is missing or wrong */
export const readStoreConfig = (env: NodeJS.ProcessEnv): StoreConfig => readEnvironment(environment, env)
