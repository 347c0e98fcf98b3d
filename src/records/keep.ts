import type { Target } from '../rules/delivery/targets.ts'
import { bucketOf } from '../rules/retention/bucket.ts'
import { createBucketKey, unwrapBucketKey } from '../seal/bucket-key.ts'
import { isFailure } from '../seal/failure.ts'
import { sealerOf } from '../seal/record.ts'
import type { Roots } from '../seal/roots.ts'
import type { DataClass } from '../seal/sealed.ts'
import { isRefusal, type StoreRefusal } from '../messages/store/refusal.ts'
import type { ClassLife, PlacedRecord, QueuedDelivery } from '../messages/store/rows.ts'
import type { PolicedStore } from '../store/tenant-store.ts'
import type { Refused, Submission, SubmittedRecord } from './submission.ts'

export interface Kept {
  readonly kind: 'kept'
  /** Classes of the records that are durable now, one for each record; those that were there before are among them. */
  readonly classes: readonly DataClass[]
  /** Records whose time was over before they came. */
  readonly expired: number
}

export interface KeepOptions {
  readonly submission: Submission
  readonly tenant: string
  readonly store: PolicedStore
  readonly roots: Roots
  /** Milliseconds since 1970. */
  readonly now: number
  /** Of the policy. Absent: nothing is delivered. */
  readonly target?: Pick<Target, 'classes' | 'giveUpAfterSeconds'> | undefined
}

/** Records of one class and life: they share a bucket and a data key. */
interface Group {
  readonly class: DataClass
  readonly life: number
  readonly records: readonly SubmittedRecord[]
}

/** So long after a call its policy may be one that has not reached the store yet. */
const KNOWN_AFTER_MS = 300_000

/**
 * Seals the records of a call and stores them, all or none, for the shorter of the life that the pod names and that of the policy. Sent a second time they have the same places and expiries, and so are there once.
 */
export async function keep(o: KeepOptions): Promise<Kept | Refused> {
  const { policy, endedAt, records } = o.submission
  const lives = await o.store.lives(policy)
  if (isRefusal(lives)) return refusalOf(lives)
  if (lives === undefined) return unknownSince(o.now - endedAt)
  const placed: PlacedRecord[] = []
  let expired = 0
  for (const group of groupsOf(records, lives)) {
    const sealed = await seal(group, o)
    if ('kind' in sealed) return sealed
    if (sealed.length === 0) expired += group.records.length
    placed.push(...sealed)
  }
  if (placed.length > 0) {
    const stored = await o.store.append(placed, deliveryOf(placed, o))
    if (isRefusal(stored)) return refusalOf(stored)
  }
  return { kind: 'kept', classes: placed.map(({ record }) => record.class), expired }
}

/** What is delivered of them: until the last expires, or is given up. */
function deliveryOf(placed: readonly PlacedRecord[], { submission, target }: KeepOptions): QueuedDelivery | undefined {
  if (target === undefined) return undefined
  const delivered = placed.filter(({ record }) => target.classes.includes(record.class))
  const last = delivered.reduce<PlacedRecord | undefined>(
    (one, other) => (one !== undefined && one.record.expiresAt >= other.record.expiresAt ? one : other),
    undefined,
  )
  if (last === undefined) return undefined
  const { call, policy, endedAt } = submission
  const giveUpAt = Math.min(last.record.expiresAt, endedAt + target.giveUpAfterSeconds * 1_000)
  return { call, policy, bucket: last.bucket, giveUpAt }
}

function unknownSince(ms: number): Refused {
  const because = 'the policy is not known: nothing of it is stored'
  if (ms > KNOWN_AFTER_MS) return { kind: 'refused', status: 422, because }
  return { kind: 'refused', status: 503, because, retryAfter: 10 }
}

/** Those that the policy does not keep any more have life 0. */
function groupsOf(submitted: readonly SubmittedRecord[], lives: readonly ClassLife[]): Group[] {
  const most = new Map(lives.map((each) => [each.class, each.seconds]))
  const records = submitted.map((each) => ({ ...each, life: Math.min(each.life, most.get(each.class) ?? 0) }))
  const groups = Map.groupBy(records, (record) => `${record.class} ${record.life}`)
  return [...groups.values()].map((own) => ({ class: own[0]!.class, life: own[0]!.life, records: own }))
}

/** None: their time is over. */
async function seal(group: Group, o: KeepOptions): Promise<PlacedRecord[] | Refused> {
  const { submission, tenant, store, roots, now } = o
  const { call, policy, endedAt } = submission
  const expiresAt = endedAt + group.life * 1_000
  if (expiresAt <= now) return []
  const bucket = bucketOf({ tenant, policy, class: group.class, life: group.life }, expiresAt)
  const row = await store.bucket(bucket, createBucketKey(bucket, roots))
  if (isRefusal(row)) return refusalOf(row)
  if (row === undefined) return []
  const bucketKey = unwrapBucketKey(row, bucket, roots)
  if (isFailure(bucketKey)) return { kind: 'refused', status: 503, because: bucketKey.because, retryAfter: 10 }
  const sealer = sealerOf({ bucket, call }, bucketKey)
  try {
    return group.records.map(({ sequence, body }) => ({
      bucket: row.id,
      record: sealer.seal(sequence, expiresAt, body),
    }))
  } finally {
    sealer.end()
    bucketKey.fill(0)
  }
}

/** A policy that became stricter between two questions is asked again. */
const refusalOf = ({ reason, because, retryAfter = 2 }: StoreRefusal): Refused =>
  reason === 'Invalid'
    ? { kind: 'refused', status: 422, because }
    : { kind: 'refused', status: 503, because, retryAfter, ...(reason === 'QuotaExceeded' && { isFull: true }) }
