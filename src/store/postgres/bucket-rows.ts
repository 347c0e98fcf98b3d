/** Rows of buckets, as a tenant's statements select them. */
import type { Bucket, DataClass, WrappedKey } from '../../seal/sealed.ts'

export interface StoredBucketRow {
  id: string
  tenant: string
  policy: string
  bucketClass: DataClass
  life: number
  opens_at: Date
  closes_at: Date
  generation: string
  bucketKey: Buffer
}

/** Of a table `b`. */
export const BUCKET_COLUMNS = `b.id, b.tenant, b.policy, b.class::text AS "bucketClass", b.life, b.opens_at, b.closes_at, b.generation, b.key AS "bucketKey"`

export const bucketFrom = (row: StoredBucketRow): Bucket => ({
  ...{ tenant: row.tenant, policy: row.policy, class: row.bucketClass, life: row.life },
  ...{ opensAt: row.opens_at.getTime(), closesAt: row.closes_at.getTime() },
})

export const wrappedFrom = ({ generation, bucketKey }: StoredBucketRow): WrappedKey => ({ generation, key: bucketKey })
