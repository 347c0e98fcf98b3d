import { z } from 'zod'

const whole = (from: number, to: number, fallback: number) =>
  z.coerce.number().int().min(from).max(to).default(fallback)

const environment = z.object({
  /** The namespace, which is also the name of the role. */
  CALLBOT_TENANT: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
  CALLBOT_DATABASE_HOST: z.string().min(1),
  CALLBOT_DATABASE_PORT: whole(1, 65_535, 5_432),
  CALLBOT_DATABASE_NAME: z.string().min(1).default('callbot'),
  /** Folder with tls.crt, tls.key and ca.crt; the common name of the certificate is the tenant. */
  CALLBOT_DATABASE_TLS: z.string().min(1),
  /** File with the root keys. */
  CALLBOT_ROOTS: z.string().min(1),
  /** Folder with tls.crt, tls.key and ca.crt: the certificate of the server, and the CA of pods. */
  CALLBOT_TLS: z.string().min(1),
  /** Names, one of which a certificate has to prove to get /state and /metrics: the operator's alone. */
  CALLBOT_OBSERVERS: z
    .string()
    .default('callbot-operator.callbot-system.svc')
    .transform((names) => names.split(',').map((name) => name.trim())),
  CALLBOT_RECORDS_PORT: whole(0, 65_535, 8_447),
  CALLBOT_HEALTH_PORT: whole(0, 65_535, 8_081),
  CALLBOT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

export type RecordsConfig = z.output<typeof environment>

/** @throws Error that names each variable that is missing or wrong */
export function readRecordsConfig(env: NodeJS.ProcessEnv): RecordsConfig {
  const read = environment.safeParse(env)
  if (read.success) return read.data
  const names = [...new Set(read.error.issues.map(({ path }) => String(path[0])))]
  throw new Error(`${names.join(', ')}: missing or out of range; see docs/guides/data.md`)
}
