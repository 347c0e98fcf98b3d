/** A tenant's rows in the database. It sees ciphertext and wrapped keys; opening them is up to src/seal. */
import type {
  BucketRow,
  Place,
  PlacedRecord,
  QueuedDelivery,
  RecordPage,
  RecordRow,
} from '../../messages/store/rows.ts'
import { MOST_KEYS, PAGE_OCTETS, PAGE_ROWS } from '../../messages/store/limits.ts'
import type { Bucket, Sealed, WrappedKey } from '../../seal/sealed.ts'
import { readAll, type TenantStore } from '../tenant-store.ts'
import { BUCKET_COLUMNS, bucketFrom, wrappedFrom, type StoredBucketRow } from './bucket-rows.ts'
import type { Database } from './connect.ts'
import { createDeliveryQueue, enqueue } from './delivery-queue.ts'
import { createHoldExports, type HoldExports } from './hold-exports.ts'
import { attempt, isRefusal, type StoreRefusal } from './refusal.ts'

type Tenant = Pick<Database, 'transaction'>

/** What a tenant takes of the database. */
export interface Usage {
  /** Of buckets, and generations of root keys. */
  readonly keys: number
  /** Of records, with what each takes besides its body. */
  readonly octets: number
}

/** What a bucket was made for. */
export type Collected = Pick<Bucket, 'policy' | 'class' | 'life'>

/** What the program that speaks with the database asks besides. */
export interface DatabaseStore extends TenantStore {
  /** @param most from 1 to 1,000; fewer come when their bodies are long */
  page(call: string, after?: Place, most?: number): Promise<RecordPage | StoreRefusal>
  /** What these buckets were made for. Those of others are not found. */
  collected(ids: readonly string[]): Promise<Collected[] | StoreRefusal>
  usage(): Promise<Usage | StoreRefusal>
  readonly exports: HoldExports
}

/** @param database as the tenant sees it */
export function createTenantStore(database: Tenant): DatabaseStore {
  const page: DatabaseStore['page'] = (call, after, most = PAGE_ROWS) =>
    attempt(() => readPage(database, call, after, most))
  return {
    page,
    bucket: (bucket, fresh) => attempt(() => findOrStore(database, bucket, fresh)),
    append: (records, delivery) => attempt(() => append(database, records, delivery)),
    deliveries: createDeliveryQueue(database),
    exports: createHoldExports(database),
    read: (call) => readAll(page, call),
    under: (generation, most = MOST_KEYS) =>
      attempt(async () => {
        const sql = `SELECT ${BUCKET_COLUMNS} FROM callbot.buckets b WHERE b.generation = $1 ORDER BY b.closes_at LIMIT $2`
        const { rows } = await database.transaction((client) => client.query<StoredBucketRow>(sql, [generation, most]))
        return rows.map((row) => ({ id: row.id, ...wrappedFrom(row), bucket: bucketFrom(row) }))
      }),
    rewrap: (id, before, after) =>
      attempt(async () => {
        const sql = `WITH known AS (${KNOW('$3')}) UPDATE callbot.buckets SET generation = $3, key = $4 WHERE id = $1 AND key = $2`
        const { rowCount } = await database.transaction((client) =>
          client.query(sql, [id, before.key, after.generation, after.key]),
        )
        return rowCount === 1
      }),
    generations: () =>
      attempt(async () => {
        const sql = 'SELECT generation FROM callbot.generations ORDER BY generation'
        const { rows } = await database.transaction((client) => client.query<{ generation: string }>(sql))
        return rows.map(({ generation }) => generation)
      }),
    async retire(generation) {
      const sql = 'DELETE FROM callbot.generations WHERE generation = $1'
      const gone = await attempt(async () => {
        await database.transaction((client) => client.query(sql, [generation]))
        return true
      })
      return isRefusal(gone) && gone.reason === 'Needed' ? false : gone
    },
    collected: (ids) =>
      attempt(async () => {
        const sql = 'SELECT DISTINCT policy, class::text AS class, life FROM callbot.buckets WHERE id = ANY($1)'
        return (await database.transaction((client) => client.query<Collected>(sql, [ids]))).rows
      }),
    usage: () =>
      attempt(async () => {
        const sql = 'SELECT keys::float8, octets::float8 FROM callbot.usage()'
        return (await database.transaction((client) => client.query<Usage>(sql))).rows[0]!
      }),
  }
}

/** What a bucket's generation needs to be there, in the statement that puts one under it. */
const KNOW = (generation: string) =>
  `INSERT INTO callbot.generations (tenant, generation) VALUES (callbot.tenant(), ${generation}) ON CONFLICT DO NOTHING`

async function findOrStore(database: Tenant, bucket: Bucket, fresh: WrappedKey): Promise<BucketRow | undefined> {
  const { tenant, policy, class: dataClass, life, opensAt, closesAt } = bucket
  const name = [tenant, policy, dataClass, life, new Date(opensAt)]
  const find = `SELECT ${BUCKET_COLUMNS} FROM callbot.buckets b
    WHERE tenant = $1 AND policy = $2 AND class = $3 AND life = $4 AND opens_at = $5
      AND closes_at - make_interval(secs => shortened) > clock_timestamp()`
  const store = `WITH known AS (${KNOW('$7')}) INSERT INTO callbot.buckets (tenant, policy, class, life, opens_at, closes_at, generation, key)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`
  return database.transaction(async (client) => {
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
  database: Tenant,
  records: readonly PlacedRecord[],
  delivery: QueuedDelivery | undefined,
): Promise<number> {
  const column = <T>(of: (record: Sealed) => T) => records.map(({ record }) => of(record))
  const sql = `INSERT INTO callbot.records (tenant, call, class, sequence, expires_at, bucket, key, body)
    SELECT callbot.tenant(), r.call, r.class, r.sequence, r.expires_at, r.bucket, r.key, r.body
    FROM unnest($1::uuid[], $2::uuid[], $3::callbot.data_class[], $4::integer[], $5::timestamptz[], $6::bytea[], $7::bytea[])
      AS r (bucket, call, class, sequence, expires_at, key, body)
    ON CONFLICT DO NOTHING`
  const values = [
    ...[records.map(({ bucket }) => bucket), column(({ call }) => call), column((record) => record.class)],
    ...[column(({ sequence }) => sequence), column(({ expiresAt }) => new Date(expiresAt))],
    ...[column(({ key }) => key), column(({ body }) => body)],
  ]
  return database.transaction(async (client) => {
    const { rowCount } = await client.query(sql, values)
    if (rowCount && delivery) await enqueue(client, delivery)
    return rowCount ?? 0
  })
}

async function readPage(database: Tenant, call: string, after: Place | undefined, most: number): Promise<RecordPage> {
  // Of each class in turn, since a place is a class and a sequence. The first row always comes, however long it is.
  const sql = `SELECT * FROM (
      SELECT r.call, r.class::text AS class, r.sequence, r.expires_at, r.key, r.body, ${BUCKET_COLUMNS},
        sum(octet_length(r.body)) OVER (ORDER BY r.class, r.sequence, r.expires_at) AS octets,
        count(*) OVER ()::integer AS found, row_number() OVER (ORDER BY r.class, r.sequence, r.expires_at) AS nth
      FROM callbot.records r JOIN callbot.buckets b ON b.id = r.bucket
      WHERE r.tenant = callbot.tenant() AND r.call = $1
        AND ($3::callbot.data_class IS NULL OR (r.class, r.sequence, r.expires_at) > ($3, $4::integer, $5::timestamptz))
      ORDER BY r.class, r.sequence, r.expires_at LIMIT $2) page
    WHERE octets <= $6 OR nth = 1 ORDER BY nth`
  type Row = StoredBucketRow &
    Pick<RecordRow, 'call' | 'class' | 'sequence' | 'key' | 'body'> & { expires_at: Date; found: number }
  const place = after === undefined ? [null, null, null] : [after.class, after.sequence, new Date(after.expiresAt)]
  const values = [call, most, ...place, PAGE_OCTETS]
  const { rows } = await database.transaction((client) => client.query<Row>(sql, values))
  const read = rows.map((row) => ({
    ...{ call: row.call, class: row.class, sequence: row.sequence, expiresAt: row.expires_at.getTime() },
    ...{ key: row.key, body: row.body, bucket: bucketFrom(row), wrapped: wrappedFrom(row) },
  }))
  return { rows: read, more: (rows[0]?.found ?? 0) > rows.length }
}
