import { bucketOf } from '../rules/retention/bucket.ts'
import { createBucketKey, unwrapBucketKey } from '../seal/bucket-key.ts'
import { isFailure } from '../seal/failure.ts'
import { sealerOf } from '../seal/record.ts'
import type { Roots } from '../seal/roots.ts'
import type { DataClass } from '../seal/sealed.ts'
import { isRefusal, type StoreRefusal } from '../store/postgres/refusal.ts'
import type { PlacedRecord, TenantStore } from '../store/postgres/tenant-store.ts'
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
  readonly store: TenantStore
  readonly roots: Roots
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Records of one class and life: they share a bucket and a data key. */
interface Group {
  readonly class: DataClass
  readonly life: number
  readonly records: readonly SubmittedRecord[]
}

/**
 * Seals the records of a call and stores them, all or none. Sent a second time they have the same places and expiries, and so are there once.
 */
export async function keep(o: KeepOptions): Promise<Kept | Refused> {
  const placed: PlacedRecord[] = []
  let expired = 0
  for (const group of groupsOf(o.submission.records)) {
    const sealed = await seal(group, o)
    if ('kind' in sealed) return sealed
    if (sealed.length === 0) expired += group.records.length
    placed.push(...sealed)
  }
  if (placed.length > 0) {
    const stored = await o.store.append(placed)
    if (isRefusal(stored)) return refusalOf(stored)
  }
  return { kind: 'kept', classes: placed.map(({ record }) => record.class), expired }
}

function groupsOf(records: readonly SubmittedRecord[]): Group[] {
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

const refusalOf = ({ reason, because }: StoreRefusal): Refused =>
  reason === 'Invalid'
    ? { kind: 'refused', status: 422, because }
    : { kind: 'refused', status: 503, because, retryAfter: 2 }
