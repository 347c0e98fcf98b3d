/** Opens rows of the database with a root key, as whoever has both would: past roles, policies and expiry. */
import { unwrapBucketKey } from '../../src/seal/bucket-key.ts'
import { isFailure } from '../../src/seal/failure.ts'
import { openHeld } from '../../src/seal/record.ts'
import type { Roots } from '../../src/seal/roots.ts'
import { BUCKET_COLUMNS, bucketFrom, wrappedFrom, type StoredBucketRow } from '../../src/store/postgres/bucket-rows.ts'

export type SealedRow = StoredBucketRow & {
  call: string
  sequence: number
  expires_at: Date
  key: Buffer
  body: Buffer
}

/** Statement that selects all rows with their buckets. */
export const SEALED_ROWS = `SELECT r.call, r.sequence, r.expires_at, r.key, r.body, ${BUCKET_COLUMNS}
  FROM callbot.records r JOIN callbot.buckets b ON b.id = r.bucket`

/** @returns what the row says; undefined: these keys don't open it */
export function openRow(row: SealedRow, roots: Roots): string | undefined {
  const bucket = bucketFrom(row)
  const key = unwrapBucketKey(wrappedFrom(row), bucket, roots)
  if (isFailure(key)) return undefined
  const plain = openHeld({ bucket, call: row.call }, { ...row, expiresAt: row.expires_at.getTime() }, key)
  return isFailure(plain) ? undefined : plain.toString()
}
