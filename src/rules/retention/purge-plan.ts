/** Which keys are destroyed now. Rows are unreadable at their second in any case: the database sees to it without a plan. */
import type { Bucket } from './bucket.ts'
import { holds, type Hold } from './holds.ts'
import { lifeOf, shortening, type Rules } from './life.ts'

/** A policy as it is now. */
export interface PolicyNow extends Rules {
  readonly tenant: string
  readonly name: string
  readonly legalHolds: readonly Hold[]
  /** Audit: reports what it would destroy, and destroys nothing. */
  readonly mode: 'Audit' | 'Enforce'
  /** More records than this in one run, and none is destroyed: a wrong clock or policy must not erase all. From 0. */
  readonly maxDeletionsPerRun: number
}

export interface StoredBucket extends Bucket {
  readonly id: string
  /** Seconds by which a stricter policy has shortened it. */
  readonly shortened: number
}

export interface Tightening {
  readonly bucket: StoredBucket
  /** Seconds, more than before. */
  readonly shortened: number
}

/** Keys of one policy. */
export interface Share {
  readonly tenant: string
  readonly policy: string
  readonly buckets: readonly StoredBucket[]
  readonly records: number
}

export interface PurgePlan {
  readonly destroy: readonly Share[]
  /** Mode Audit. */
  readonly audited: readonly Share[]
  /** Stopped by the fuse. */
  readonly fused: readonly Share[]
  /** Due, but under a legal hold. */
  readonly held: readonly StoredBucket[]
}

/** When the last record of a bucket has expired: milliseconds since 1970. */
export const dueAt = ({ closesAt, shortened }: StoredBucket): number => closesAt - shortened * 1_000

const keyOf = (tenant: string, policy: string) => `${tenant}/${policy}`

/**
 * What a stricter policy shortens, unless it is in mode Audit: what is shortened can't be read any more, and never again. Data whose policy is not known keeps the life that it was collected with: a policy that is deleted,
 * or not read yet, is no reason to erase.
 */
export function tightenings(buckets: readonly StoredBucket[], policies: readonly PolicyNow[]): Tightening[] {
  const known = new Map(policies.map((policy) => [keyOf(policy.tenant, policy.name), policy]))
  return buckets.flatMap((bucket) => {
    const policy = known.get(keyOf(bucket.tenant, bucket.policy))
    if (policy === undefined || policy.mode === 'Audit') return []
    const shortened = shortening(bucket.life, bucket.shortened, lifeOf(policy, bucket.class))
    return shortened > bucket.shortened ? [{ bucket, shortened }] : []
  })
}

export interface PurgeQuestion {
  /** Milliseconds since 1970, by the clock of the database. */
  readonly now: number
  readonly buckets: readonly StoredBucket[]
  readonly policies: readonly PolicyNow[]
  /** Records under a key. */
  readonly recordsIn: (bucket: StoredBucket) => number
  /** The fuse of data whose policy is not known. */
  readonly limitOfUnknown: number
  /** Buckets whose life this run shortens, as `buckets` has them. What nobody can read from then on counts for the fuse. */
  readonly tightened?: ReadonlySet<string>
}

/** Whether a record of the bucket may have expired. */
const hasBegun = ({ opensAt, shortened }: StoredBucket, now: number) => opensAt - shortened * 1_000 <= now

/** Buckets that count for the fuse: their records are unreadable for good after this run. */
export const isAtStake = (
  bucket: StoredBucket,
  { now, tightened }: Pick<PurgeQuestion, 'now' | 'tightened'>,
): boolean => dueAt(bucket) <= now || (tightened?.has(bucket.id) === true && hasBegun(bucket, now))

/** Sorts what is due. Nothing that is not due, held, or of a policy in mode Audit is ever in `destroy`. */
export function planPurge(question: PurgeQuestion): PurgePlan {
  const { now, buckets, policies, recordsIn, limitOfUnknown } = question
  const known = new Map(policies.map((policy) => [keyOf(policy.tenant, policy.name), policy]))
  const held: StoredBucket[] = []
  const shares = new Map<string, StoredBucket[]>()
  for (const bucket of buckets) {
    if (!isAtStake(bucket, question)) continue
    const key = keyOf(bucket.tenant, bucket.policy)
    const isHeld = known.get(key)?.legalHolds.some((hold) => holds(hold, bucket, now))
    if (isHeld && dueAt(bucket) <= now) held.push(bucket)
    else if (isHeld) continue
    else if (shares.get(key)?.push(bucket) === undefined) shares.set(key, [bucket])
  }
  const plan = { destroy: [] as Share[], audited: [] as Share[], fused: [] as Share[], held }
  for (const [key, atStake] of shares) {
    const { tenant, policy } = atStake[0]!
    const shareOf = (own: readonly StoredBucket[]): Share => ({
      ...{ tenant, policy, buckets: own, records: own.reduce((sum, one) => sum + recordsIn(one), 0) },
    })
    const share = shareOf(atStake)
    const due = atStake.filter((bucket) => dueAt(bucket) <= now)
    const { mode = 'Enforce', maxDeletionsPerRun = limitOfUnknown } = known.get(key) ?? {}
    if (mode === 'Audit') plan.audited.push(share)
    else if (share.records > maxDeletionsPerRun) plan.fused.push(share)
    else if (due.length > 0) plan.destroy.push(shareOf(due))
  }
  return plan
}
