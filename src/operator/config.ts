import { z } from 'zod'

const seconds = (fallback: number) => z.coerce.number().positive().default(fallback)

const schema = z.object({
  POD_NAME: z.string().min(1),
  POD_NAMESPACE: z.string().min(1).default('callbot-system'),
  CALLBOT_IMAGE: z.string().min(1),
  CALLBOT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  CALLBOT_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(16),
  CALLBOT_LEASE_DURATION_SECONDS: seconds(6),
  CALLBOT_LEASE_RENEW_DEADLINE_SECONDS: seconds(4),
  CALLBOT_LEASE_RETRY_PERIOD_SECONDS: seconds(1),
  CALLBOT_CA_LIFETIME_SECONDS: seconds(157_680_000),
  CALLBOT_LEAF_LIFETIME_SECONDS: seconds(2_592_000),
  CALLBOT_RENEW_AT_FRACTION: z.coerce.number().min(0.1).max(0.95).default(0.66),
  CALLBOT_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).default(8443),
  CALLBOT_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
})

/** What the operator is told by its environment. Durations in seconds. */
export interface OperatorConfig {
  podName: string
  namespace: string
  image: string
  logLevel: string
  concurrency: number
  lease: { durationSeconds: number; renewDeadlineSeconds: number; retryPeriodSeconds: number }
  caLifetimeSeconds: number
  leafLifetimeSeconds: number
  renewAtFraction: number
  metricsPort: number
  healthPort: number
}

/** @throws an Error that names each variable that is missing or wrong, and what it should be */
export function readOperatorConfig(env: NodeJS.ProcessEnv): OperatorConfig {
  const parsed = schema.safeParse(env)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The operator can't start: set these variables right (the chart does): ${faults.join('; ')}`)
  }
  const e = parsed.data
  return {
    podName: e.POD_NAME,
    namespace: e.POD_NAMESPACE,
    image: e.CALLBOT_IMAGE,
    logLevel: e.CALLBOT_LOG_LEVEL,
    concurrency: e.CALLBOT_CONCURRENCY,
    lease: {
      durationSeconds: e.CALLBOT_LEASE_DURATION_SECONDS,
      renewDeadlineSeconds: e.CALLBOT_LEASE_RENEW_DEADLINE_SECONDS,
      retryPeriodSeconds: e.CALLBOT_LEASE_RETRY_PERIOD_SECONDS,
    },
    caLifetimeSeconds: e.CALLBOT_CA_LIFETIME_SECONDS,
    leafLifetimeSeconds: e.CALLBOT_LEAF_LIFETIME_SECONDS,
    renewAtFraction: e.CALLBOT_RENEW_AT_FRACTION,
    metricsPort: e.CALLBOT_METRICS_PORT,
    healthPort: e.CALLBOT_HEALTH_PORT,
  }
}
