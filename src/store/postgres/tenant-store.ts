/** What a tenant's own program does in the database. It sees ciphertext and wrapped keys; opening them is up to src/seal. */
import type { Bucket, DataClass, Sealed, WrappedKey } from '../../seal/sealed.ts'
import type { Database } from './connect.ts'
import { createDeliveryQueue, type DeliveryQueue, enqueue, type QueuedDelivery } from './delivery-queue.ts'
import { attempt, isRefusal, type StoreRefusal } from './refusal.ts'

export interface BucketRow extends WrappedKey {
  readonly id: string
}

/** A record as it is stored, and what is needed to open it. */
export interface RecordRow {
  readonly call: string
  readonly class: DataClass
  readonly sequence: number
  readonly expiresAt: number
  readonly key: Buffer
  readonly body: Buffer
  readonly bucket: Bucket
  readonly wrapped: WrappedKey
}

/** A record, and the id of its bucket. */
export interface PlacedRecord {
  readonly bucket: string
  readonly record: Sealed
}

export interface TenantStore {
  /**
   * The key of a bucket: the one that is there, or `fresh`, which is stored. Of two that come at the same time both get the same one.
   * @returns undefined when the key was destroyed between two looks: the bucket is due, and nothing is stored in it any more
   */
  bucket(bucket: Bucket, fresh: WrappedKey): Promise<BucketRow | undefined | StoreRefusal>
  /**
   * Stores all records or none; durable when it resolves. What is there already stays as it is.
   * @param delivery with the records, if one of them is new: what was stored before is delivered, or waits
   * @returns how many were new
   */
  append(records: readonly PlacedRecord[], delivery?: QueuedDelivery): Promise<number | StoreRefusal>
  readonly deliveries: DeliveryQueue
  /** Records of a call that have not expired, by class and sequence. @param most from 1 to 10,000 */
  read(call: string, most?: number): Promise<RecordRow[] | StoreRefusal>
  /** Buckets whose key is under this generation. @param most from 1 to 10,000 */
  under(generation: string, most?: number): Promise<(BucketRow & { readonly bucket: Bucket })[] | StoreRefusal>
  /** Replaces the wrapping of a key. @returns whether it still was under `before` */
  rewrap(id: string, before: WrappedKey, after: WrappedKey): Promise<boolean | StoreRefusal>
  /** Generations of root keys under which there is a bucket, or may be one. */
  generations(): Promise<string[] | StoreRefusal>
  /** From now on no bucket is ever under this generation. @returns false when one is */
  retire(generation: string): Promise<boolean | StoreRefusal>
  close(): Promise<void>
}

const MOST = 10_000

interface StoredBucketRow {
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

const BUCKET_COLUMNS = `b.id, b.tenant, b.policy, b.class::text AS "bucketClass", b.life, b.opens_at, b.closes_at, b.generation, b.key AS "bucketKey"`

const bucketFrom = (row: StoredBucketRow): Bucket => ({
  ...{ tenant: row.tenant, policy: row.policy, class: row.bucketClass, life: row.life },
  ...{ opensAt: row.opens_at.getTime(), closesAt: row.closes_at.getTime() },
})
const wrappedFrom = ({ generation, bucketKey }: StoredBucketRow): WrappedKey => ({ generation, key: bucketKey })

/** @param database connected as the role of the tenant */
export function createTenantStore(database: Database): TenantStore {
  return {
    bucket: (bucket, fresh) => attempt(() => findOrStore(database, bucket, fresh)),
    append: (records, delivery) => attempt(() => append(database, records, delivery)),
    deliveries: createDeliveryQueue(database),
    read: (call, most = MOST) => attempt(() => read(database, call, most)),
    under: (generation, most = MOST) =>
      attempt(async () => {
        const sql = `SELECT ${BUCKET_COLUMNS} FROM callbot.buckets b WHERE b.generation = $1 ORDER BY b.closes_at LIMIT $2`
        const { rows } = await database.use((client) => client.query<StoredBucketRow>(sql, [generation, most]))
        return rows.map((row) => ({ id: row.id, ...wrappedFrom(row), bucket: bucketFrom(row) }))
      }),
    rewrap: (id, before, after) =>
      attempt(async () => {
        const sql = `WITH known AS (${KNOW('$3')}) UPDATE callbot.buckets SET generation = $3, key = $4 WHERE id = $1 AND key = $2`
        const { rowCount } = await database.use((client) =>
          client.query(sql, [id, before.key, after.generation, after.key]),
        )
        return rowCount === 1
      }),
    generations: () =>
      attempt(async () => {
        const sql = 'SELECT generation FROM callbot.generations ORDER BY generation'
        const { rows } = await database.use((client) => client.query<{ generation: string }>(sql))
        return rows.map(({ generation }) => generation)
      }),
    async retire(generation) {
      const sql = 'DELETE FROM callbot.generations WHERE generation = $1'
      const gone = await attempt(async () => {
        await database.use((client) => client.query(sql, [generation]))
        return true
      })
      return isRefusal(gone) && gone.reason === 'Needed' ? false : gone
    },
    close: () => database.close(),
  }
}

/** What a bucket's generation needs to be there, in the statement that puts one under it. */
const KNOW = (generation: string) =>
  `INSERT INTO callbot.generations (tenant, generation) VALUES (current_user, ${generation}) ON CONFLICT DO NOTHING`

async function findOrStore(database: Database, bucket: Bucket, fresh: WrappedKey): Promise<BucketRow | undefined> {
  const { tenant, policy, class: dataClass, life, opensAt, closesAt } = bucket
  const name = [tenant, policy, dataClass, life, new Date(opensAt)]
  const find = `SELECT ${BUCKET_COLUMNS} FROM callbot.buckets b
    WHERE tenant = $1 AND policy = $2 AND class = $3 AND life = $4 AND opens_at = $5
      AND closes_at - make_interval(secs => shortened) > clock_timestamp()`
  const store = `WITH known AS (${KNOW('$7')}) INSERT INTO callbot.buckets (tenant, policy, class, life, opens_at, closes_at, generation, key)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`
  return database.use(async (client) => {
    const look = async () => (await client.query<StoredBucketRow>(find, name)).rows[0]
    let row = await look()
    if (row === undefined) {
      await client.query(store, [...name, new Date(closesAt), fresh.generation, fresh.key])
      row = await look()
    }
    return row && { id: row.id, ...wrappedFrom(row) }
  })
}

async function append(
  database: Database,
  records: readonly PlacedRecord[],
  delivery: QueuedDelivery | undefined,
): Promise<number> {
  const column = <T>(of: (record: Sealed) => T) => records.map(({ record }) => of(record))
  const sql = `INSERT INTO callbot.records (tenant, call, class, sequence, expires_at, bucket, key, body)
    SELECT current_user, r.call, r.class, r.sequence, r.expires_at, r.bucket, r.key, r.body
    FROM unnest($1::uuid[], $2::uuid[], $3::callbot.data_class[], $4::integer[], $5::timestamptz[], $6::bytea[], $7::bytea[])
      AS r (bucket, call, class, sequence, expires_at, key, body)
    ON CONFLICT DO NOTHING`
  const values = [
    ...[records.map(({ bucket }) => bucket), column(({ call }) => call), column((record) => record.class)],
    ...[column(({ sequence }) => sequence), column(({ expiresAt }) => new Date(expiresAt))],
    ...[column(({ key }) => key), column(({ body }) => body)],
  ]
  if (delivery === undefined) {
    const { rowCount } = await database.use((client) => client.query(sql, values))
    return rowCount ?? 0
  }
  return database.transaction(async (client) => {
    const { rowCount } = await client.query(sql, values)
    if (rowCount) await enqueue(client, delivery)
    return rowCount ?? 0
  })
}

async function read(database: Database, call: string, most: number): Promise<RecordRow[]> {
  const sql = `SELECT r.call, r.class::text AS class, r.sequence, r.expires_at, r.key, r.body, ${BUCKET_COLUMNS}
    FROM callbot.records r JOIN callbot.buckets b ON b.id = r.bucket
    WHERE r.tenant = current_user AND r.call = $1 ORDER BY r.class, r.sequence LIMIT $2`
  type Row = StoredBucketRow & Pick<RecordRow, 'call' | 'class' | 'sequence' | 'key' | 'body'> & { expires_at: Date }
  const { rows } = await database.use((client) => client.query<Row>(sql, [call, most]))
  return rows.map((row) => ({
    ...{ call: row.call, class: row.class, sequence: row.sequence, expiresAt: row.expires_at.getTime() },
    ...{ key: row.key, body: row.body, bucket: bucketFrom(row), wrapped: wrappedFrom(row) },
  }))
}
