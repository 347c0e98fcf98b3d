/** Parts of the messages of the store: shapes that read them, and what writes them. */
import { z } from 'zod'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from '../../api/retention-policy.ts'
import { bucketWidth } from '../../rules/retention/bucket.ts'
import type { Bucket, Sealed, WrappedKey } from '../../seal/sealed.ts'
import type { BucketRow, HeldRow, KeyRow, PlacedRecord, RecordRow } from './rows.ts'

/** Octets of a wrapped key, and of the body of a record. */
const KEY = 60
const [SHORTEST_BODY, LONGEST_BODY] = [28, 1_048_576]
const LONGEST_WAIT_MS = 31_536_000_000

const octets = (least: number, most: number) =>
  z
    .string()
    .max(Math.ceil(most / 3) * 4)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .transform((text): Buffer => Buffer.from(text, 'base64'))
    .refine(({ length }) => length >= least && length <= most)
const base64 = (value: Buffer) => value.toString('base64')

export const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
export const policy = z.string().min(1).max(63)
/** Names of generations, and "-", under which there is nothing. */
export const generation = z.string().regex(/^[ -~]{1,63}$/)
export const count = z.int().min(0)
export const milliseconds = z.int().min(0).max(LONGEST_WAIT_MS)
const dataClass = z.enum(DATA_CLASSES)
const life = z.int().min(1).max(LONGEST_LIFE_SECONDS)
const sequence = z.int().min(0).max(2_147_483_647)
/** Until the year 5138, which every database and calendar can write. */
const time = z.int().min(0).max(100_000_000_000_000)

export const classLife = z.object({ class: dataClass, seconds: z.int().min(0).max(LONGEST_LIFE_SECONDS) })

export const wrapped = z.object({ generation, key: octets(KEY, KEY) })
export const writeWrapped = ({ generation: name, key }: WrappedKey) => ({ generation: name, key: base64(key) })

/** A bucket of the namespace that asks, which is in no message. */
export type OwnBucket = Omit<Bucket, 'tenant'>
export const ownBucket = z
  .object({ policy, class: dataClass, life, opensAt: time })
  .transform((bucket): OwnBucket => ({ ...bucket, closesAt: bucket.opensAt + bucketWidth(bucket.life) }))
export const writeBucket = ({ policy: name, class: of, life: seconds, opensAt }: OwnBucket) => ({
  ...{ policy: name, class: of, life: seconds, opensAt },
})

export const bucketRow = z.object({ id: uuid, generation, key: octets(KEY, KEY) })
export const writeBucketRow = ({ id, ...key }: BucketRow) => ({ id, ...writeWrapped(key) })

/** Rows of an answer: the asker knows whose they are. */
export type Own<T extends { readonly bucket: Bucket }> = Omit<T, 'bucket'> & { readonly bucket: OwnBucket }
export const keyRow = z.object({ id: uuid, generation, key: octets(KEY, KEY), bucket: ownBucket })
export const writeKeyRow = ({ bucket, ...row }: Own<KeyRow>) => ({
  ...writeBucketRow(row),
  bucket: writeBucket(bucket),
})

const stored = {
  ...{ call: uuid, class: dataClass, sequence, expiresAt: time },
  ...{ key: octets(KEY, KEY), body: octets(SHORTEST_BODY, LONGEST_BODY) },
}
type Stored = Pick<RecordRow, 'call' | 'class' | 'sequence' | 'expiresAt' | 'key' | 'body'>
const writeStored = ({ call, class: of, sequence: at, expiresAt, key, body }: Stored) => ({
  ...{ call, class: of, sequence: at, expiresAt, key: base64(key), body: base64(body) },
})

/** What it holds was sealed by who sent it. */
export const placed = z
  .object({ bucket: uuid, ...stored })
  .transform(({ bucket, ...record }): PlacedRecord => ({ bucket, record: record as unknown as Sealed }))
export const writePlaced = ({ bucket, record }: PlacedRecord) => ({ bucket, ...writeStored(record) })

export const place = z.object({ class: dataClass, sequence, expiresAt: time })
export const recordRow = z.object({ ...stored, bucket: ownBucket, wrapped })
export const writeRecordRow = ({ bucket, wrapped: key, ...row }: Own<RecordRow>) => ({
  ...{ ...writeStored(row), bucket: writeBucket(bucket), wrapped: writeWrapped(key) },
})

export const heldPlace = z.object({ bucket: uuid, call: uuid, sequence, expiresAt: time })
export const heldRow = recordRow.extend({ id: uuid })
export const writeHeldRow = ({ id, ...row }: Own<HeldRow>) => ({ id, ...writeRecordRow(row) })

/** A name of Kubernetes; what it has beyond ASCII is replaced by who asks. */
export const asker = z.string().regex(/^[ -~]{1,253}$/)
export const holdExport = z.object({ policy, hold: policy, askedBy: asker, askedAt: time, records: count })

export const queued = z.object({ call: uuid, policy, bucket: uuid, giveUpAt: time })
export const claimed = z.object({ call: uuid, policy, giveUpAt: time, tries: count })
