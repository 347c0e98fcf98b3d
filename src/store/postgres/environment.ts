/** What every program of the database reads from its environment. */
import { z } from 'zod'
import type { DatabaseAddress } from './connect.ts'

/** A variable with a whole number. */
export const whole = (from: number, to: number, fallback: number) =>
  z.coerce.number().int().min(from).max(to).default(fallback)

/** A variable with names, between commas. */
export const names = z
  .string()
  .min(1)
  .transform((text) => text.split(',').map((name) => name.trim()))

export const LOG_VARIABLES = { CALLBOT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info') }

export const DATABASE_VARIABLES = {
  CALLBOT_DATABASE_HOST: z.string().min(1),
  CALLBOT_DATABASE_PORT: whole(1, 65_535, 5_432),
  CALLBOT_DATABASE_NAME: z.string().min(1).default('callbot'),
  /** Folder with tls.crt, tls.key and ca.crt; the common name of the certificate is the role. */
  CALLBOT_DATABASE_TLS: z.string().min(1),
  /** Authority of the certificate of a database that the chart did not install, PEM. Default: ca.crt of the folder. */
  CALLBOT_DATABASE_CA: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
  ...LOG_VARIABLES,
}

type DatabaseConfig = z.output<z.ZodObject<typeof DATABASE_VARIABLES>>

export const addressIn = (config: DatabaseConfig): DatabaseAddress => ({
  host: config.CALLBOT_DATABASE_HOST,
  port: config.CALLBOT_DATABASE_PORT,
  database: config.CALLBOT_DATABASE_NAME,
  ca: config.CALLBOT_DATABASE_CA,
})

/** @throws Error that names each variable that is missing or wrong */
export function readEnvironment<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv): z.output<S> {
  const read = schema.safeParse(env)
  if (read.success) return read.data
  const wrong = [...new Set(read.error.issues.map(({ path }) => String(path[0])))]
  throw new Error(`${wrong.join(', ')}: missing or out of range; see docs/guides/data.md`)
}
