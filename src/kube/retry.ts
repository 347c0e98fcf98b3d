import { backoff, type BackoffRule } from '../lib/backoff.ts'
import { ApiError, Unreachable } from './errors.ts'

const WAITS: BackoffRule = { first: 100, most: 5_000, factor: 2, jitter: 0.5 }
/** A longer wait than this is the caller's to plan: a worker must not be held by it. */
const LONGEST_RETRY_AFTER_SECONDS = 10

/**
 * Whether the same request may be sent again after this failure.
 * 429 and connections that never opened are safe for every method: nothing was done. Else only what gives the same
 * result twice (`repeatable`) is sent again, for a lost answer may hide a success.
 */
export function mayRetry(error: unknown, repeatable: boolean): boolean {
  if (error instanceof Unreachable) return repeatable || !error.mayHaveArrived
  if (!(error instanceof ApiError)) return false
  if ((error.retryAfterSeconds ?? 0) > LONGEST_RETRY_AFTER_SECONDS) return false
  if (error.status === 429) return true
  return repeatable && (error.status === 500 || error.status === 502 || error.status === 503 || error.status === 504)
}

/**
 * Milliseconds to wait after `failures` failures in a row; never less than the server's Retry-After. The jitter keeps
 * clients that failed together from coming back together.
 */
export function retryDelay(failures: number, chance: number, error: unknown): number {
  const wait = backoff(WAITS, failures, chance)
  const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
  return asked > 0 ? asked + wait / 2 : wait
}
