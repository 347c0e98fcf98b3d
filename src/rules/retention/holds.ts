/** Legal holds: what they cover is not erased before they end. */
import type { RetentionPolicySpec } from '../../api/retention-policy.ts'
import type { Bucket } from './bucket.ts'

export type Hold = Pick<
  RetentionPolicySpec['legalHolds'][number],
  'name' | 'classes' | 'callsFrom' | 'callsUntil' | 'endsOn'
>

const DAY_MS = 86_400_000
/** What a hold covers, as times. */
export interface Cover {
  /** None: all. */
  readonly classes: Hold['classes']
  /** Milliseconds since 1970, of the end of a call: from, and until before. */
  readonly callsFrom: number
  readonly callsUntil: number
  /** The hold is in force before. */
  readonly endsAt: number
}

const startOf = (day: string) => Date.parse(`${day}T00:00:00Z`)
const endOf = (day: string) => startOf(day) + DAY_MS

/**
 * Whether a hold keeps the key of a bucket. A bucket is held as a whole when one of its calls may be covered: records at the edge of a
 * hold stay up to a thousandth of their life longer than they had to, unreadable as all expired records.
 * @param now milliseconds since 1970; the hold acts through the day `endsOn` (UTC)
 */
export function holds(hold: Hold, bucket: Bucket, now: number): boolean {
  if (now >= endOf(hold.endsOn)) return false
  if (hold.classes.length > 0 && !hold.classes.includes(bucket.class)) return false
  const life = bucket.life * 1_000
  return bucket.opensAt - life < endOf(hold.callsUntil) && bucket.closesAt - life > startOf(hold.callsFrom)
}

/** What records a hold covers: not all that its buckets keep. */
export const coverOf = ({ classes, callsFrom, callsUntil, endsOn }: Hold): Cover => ({
  ...{ classes, callsFrom: startOf(callsFrom), callsUntil: endOf(callsUntil), endsAt: endOf(endsOn) },
})
