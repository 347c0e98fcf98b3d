/** What becomes of a message after a try. Pure. All times are milliseconds. */
import { backoff, type BackoffRule } from '../../lib/backoff.ts'

/** How a try ended. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter?: string | undefined }
  /** Nothing came back, or nothing could be sent. */
  | { readonly kind: 'silent' }

export type Outcome =
  | { readonly kind: 'delivered' }
  /** The receiver does not take it, and never will. */
  | { readonly kind: 'refused' }
  /** @property waitMs at least, before the next try */
  | { readonly kind: 'again'; readonly waitMs: number }

/** Of 4xx: those that concern the moment, and not the message. */
const LATER = new Set([408, 425, 429])
const LONGEST_WAIT_MS = 900_000
const PAUSES: BackoffRule = { first: 4_000, most: LONGEST_WAIT_MS, factor: 2, jitter: 0.5 }

/**
 * A 3xx is tried again: redirects are not followed, and a receiver that moved may come back.
 * @param o.tries so many tries of the message have failed before
 * @param o.now milliseconds since 1970
 * @param o.chance from 0 up to 1
 */
export function outcomeOf(
  answer: Answer,
  o: { readonly tries: number; readonly now: number; readonly chance: number },
): Outcome {
  if (answer.kind === 'answered') {
    const { status } = answer
    if (status >= 200 && status < 300) return { kind: 'delivered' }
    if (status >= 400 && status < 500 && !LATER.has(status)) return { kind: 'refused' }
  }
  const own = backoff(PAUSES, o.tries + 1, o.chance)
  const asked = answer.kind === 'answered' ? askedWait(answer.retryAfter, o.now) : 0
  return { kind: 'again', waitMs: Math.min(LONGEST_WAIT_MS, Math.max(own, asked)) }
}

/** RFC 9110 10.2.3: seconds, or a date. */
function askedWait(text: string | undefined, now: number): number {
  if (text === undefined || text.length > 40) return 0
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000
  const date = Date.parse(text)
  return Number.isNaN(date) ? 0 : Math.max(0, date - now)
}
