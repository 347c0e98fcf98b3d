/** Legal holds: what they cover is not erased before they end. */
import type { RetentionPolicySpec } from '../../api/retention-policy.ts'
import type { Bucket } from './bucket.ts'

export type Hold = Pick<
  RetentionPolicySpec['legalHolds'][number],
  'name' | 'classes' | 'callsFrom' | 'callsUntil' | 'endsOn'
>

const DAY_MS = 86_400_000
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
