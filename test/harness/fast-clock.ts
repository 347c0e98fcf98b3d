import { join } from 'node:path'
import type { Clock } from '../../src/runtime/clock.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'

/** A clock on which time passes so many times faster. The wall clock stays as it is: it is compared with that of others. */
export const fastClock = (factor: number): Clock => ({
  monotonic: () => systemClock.monotonic() * factor,
  wall: systemClock.wall,
  after: (ms, task) => systemClock.after(ms / factor, task),
})

/** The environment of an operator for which time passes so many times faster. As it counts, its leadership lasts as much longer: a busy machine costs none. */
export const fastOperator = (factor: number): Record<string, string> => ({
  NODE_OPTIONS: `--import ${join(import.meta.dirname, 'fast-clock-preload.ts')}`,
  TEST_CLOCK_FACTOR: String(factor),
  CALLBOT_LEASE_DURATION_SECONDS: String(5 * factor),
  CALLBOT_LEASE_RENEW_DEADLINE_SECONDS: String(4 * factor),
  CALLBOT_LEASE_RETRY_PERIOD_SECONDS: String(0.4 * factor),
})
