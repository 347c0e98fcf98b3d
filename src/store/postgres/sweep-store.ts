/** What sweep does in the database: it sees when data expires and whose it is, destroys keys, and makes and drops partitions. */
import type { PoolClient, QueryConfig } from 'pg'
import type { Bucket, DataClass } from '../../seal/sealed.ts'
import type { Database } from './connect.ts'
import { clearKeyFiles, endTransactions, type ClearOptions, type KeyRest } from './key-files.ts'
import { boundsOf, nameOf, tableOf, type Bounds } from './partition-names.ts'
import { attempt, type StoreRefusal } from './refusal.ts'

export interface SweptBucket extends Bucket {
  readonly id: string
  /** Seconds. */
  readonly shortened: number
}

export interface SweptPartition extends Bounds {
  readonly state: 'Attached' | 'Detaching' | 'Detached'
}

export interface SweepStore {
  /** Milliseconds since 1970 by the clock of the database, which is the one that rows expire by. */
  now(): Promise<number | StoreRefusal>
  /** All keys, the first to expire first. */
  buckets(): Promise<SweptBucket[] | StoreRefusal>
  /** How many records are under each of these keys. */
  count(ids: readonly string[]): Promise<ReadonlyMap<string, number> | StoreRefusal>
  /** Shortens the life of records by so many seconds, at once. A smaller number than before changes nothing. */
  shorten(ids: readonly string[], seconds: number): Promise<number | StoreRefusal>
  /**
   * Destroys keys. Those that are not due stay: the database refuses. So do those on which a tenant's transaction has a lock, until the next
   * time: it holds up nobody else's. @returns those that are gone now
   */
  destroy(ids: readonly string[]): Promise<string[] | StoreRefusal>
  /** Ends transactions of the program store that are open for longer than so many seconds. @returns how many */
  endTransactions(seconds: number): Promise<number | StoreRefusal>
  /** Removes what was written down of exports more than three years ago. */
  forgetExports(): Promise<number | StoreRefusal>
  /** Removes destroyed keys from the files of the database. @returns why one may still be there; undefined: none is */
  clearKeyFiles(options: ClearOptions): Promise<KeyRest | undefined | StoreRefusal>
  partitions(): Promise<SweptPartition[] | StoreRefusal>
  create(bounds: Bounds): Promise<void | StoreRefusal>
  /** Waits for those who read it, and lets nobody else wait. One that is detaching is finished. */
  detach(partition: SweptPartition): Promise<void | StoreRefusal>
  drop(partition: SweptPartition): Promise<void | StoreRefusal>
  close(): Promise<void>
}

export interface SweepStoreOptions {
  /** Connected as callbot_sweep. */
  readonly database: Database
  /** How long to wait for the readers of a partition before the next run tries again. Default: 30,000. */
  readonly detachTimeoutMs?: number
}

export function createSweepStore({ database, detachTimeoutMs = 30_000 }: SweepStoreOptions): SweepStore {
  const rows = async <T extends object>(sql: string, values: unknown[] = []) =>
    (await database.use((client) => client.query<T>(sql, values))).rows
  const changed = (sql: string, values: unknown[]) =>
    attempt(async () => (await database.use((client) => client.query(sql, values))).rowCount ?? 0)
  return {
    now: () => attempt(async () => (await rows<{ now: Date }>('SELECT clock_timestamp() AS now'))[0]!.now.getTime()),
    buckets: () => attempt(async () => (await rows<BucketColumns>(BUCKETS)).map(bucketFrom)),
    count: (ids) =>
      attempt(async () => new Map((await rows<Counted>(COUNT, [ids])).map((row) => [row.bucket, Number(row.records)]))),
    shorten: (ids, seconds) =>
      changed(`UPDATE callbot.buckets SET shortened = $2 WHERE id IN (${FREE}) AND shortened < $2`, [ids, seconds]),
    destroy: (ids) => attempt(async () => (await rows<{ id: string }>(DESTROY, [ids])).map(({ id }) => id)),
    endTransactions: (seconds) => attempt(() => endTransactions(database, seconds)),
    forgetExports: () => changed(FORGET_EXPORTS, []),
    clearKeyFiles: (options) => clearKeyFiles(database, options),
    partitions: () => attempt(async () => (await rows<PartitionColumns>(PARTITIONS)).flatMap(partitionFrom)),
    create: (bounds) => attempt(() => asOwner(database, (client) => create(client, bounds))),
    detach: (partition) =>
      attempt(() =>
        asOwner(database, async (client) => {
          if (partition.state === 'Detached') return
          const how = partition.state === 'Detaching' ? 'FINALIZE' : 'CONCURRENTLY'
          await client.query(`SET statement_timeout = ${Math.ceil(detachTimeoutMs)}`)
          const text = `ALTER TABLE callbot.${tableOf(partition.class)} DETACH PARTITION callbot.${nameOf(partition)} ${how}`
          await client.query(timed(text, detachTimeoutMs + 5_000))
        }),
      ),
    drop: (partition) =>
      attempt(() =>
        asOwner(database, (client) => client.query(`DROP TABLE IF EXISTS callbot.${nameOf(partition)}`)),
      ).then((result) => (result !== undefined && 'kind' in result ? result : undefined)),
    close: () => database.close(),
  }
}

/** The driver takes a time for one query, of which its types don't know. */
const timed = (text: string, query_timeout: number): QueryConfig => ({ text, query_timeout }) as QueryConfig

/** Of the keys $1 those on which nobody has a lock. */
const FREE = 'SELECT id FROM callbot.buckets WHERE id = ANY($1) FOR UPDATE SKIP LOCKED'
const DESTROY = `DELETE FROM callbot.buckets WHERE id IN (${FREE}) RETURNING id`
const FORGET_EXPORTS = "DELETE FROM callbot.exports WHERE asked_at <= clock_timestamp() - interval '3 years'"
const BUCKETS = `SELECT id, tenant, policy, class::text AS class, life, opens_at, closes_at, shortened
  FROM callbot.buckets ORDER BY closes_at - make_interval(secs => shortened)`
const COUNT = 'SELECT bucket, count(*) AS records FROM callbot.records WHERE bucket = ANY($1) GROUP BY bucket'
const PARTITIONS = `SELECT c.relname AS name,
    CASE WHEN i.inhrelid IS NULL THEN 'Detached' WHEN i.inhdetachpending THEN 'Detaching' ELSE 'Attached' END AS state
  FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
  WHERE c.relnamespace = 'callbot'::regnamespace AND c.relkind = 'r'`

interface BucketColumns {
  id: string
  tenant: string
  policy: string
  class: DataClass
  life: number
  opens_at: Date
  closes_at: Date
  shortened: number
}
interface Counted {
  bucket: string
  records: string
}
interface PartitionColumns {
  name: string
  state: SweptPartition['state']
}

const bucketFrom = ({ opens_at, closes_at, ...rest }: BucketColumns): SweptBucket => ({
  ...rest,
  opensAt: opens_at.getTime(),
  closesAt: closes_at.getTime(),
})

const partitionFrom = ({ name, state }: PartitionColumns): SweptPartition[] => {
  const bounds = boundsOf(name)
  return bounds === undefined ? [] : [{ ...bounds, state }]
}

/** The session is thrown away if it fails, and so never stays the owner's. */
const asOwner = <T>(database: Database, work: (client: PoolClient) => Promise<T>): Promise<T> =>
  database.use(async (client) => {
    await client.query('SET ROLE callbot_owner')
    const result = await work(client)
    await client.query('RESET ROLE; RESET statement_timeout')
    return result
  })

/** ATTACH lets others write meanwhile, which CREATE TABLE ... PARTITION OF does not. */
async function create(client: PoolClient, bounds: Bounds): Promise<void> {
  const [name, table] = [nameOf(bounds), tableOf(bounds.class)]
  const [from, to] = [bounds.from, bounds.to].map((at) => new Date(at).toISOString())
  await client.query('BEGIN')
  await client.query(`CREATE TABLE callbot.${name} (LIKE callbot.${table} INCLUDING ALL)`)
  // LIKE leaves them out. Statistics are copies of values.
  await client.query(
    `ALTER TABLE callbot.${name} ALTER COLUMN key SET STATISTICS 0, ALTER COLUMN body SET STATISTICS 0`,
  )
  await client.query(
    `ALTER TABLE callbot.${table} ATTACH PARTITION callbot.${name} FOR VALUES FROM ('${from}') TO ('${to}')`,
  )
  await client.query('COMMIT')
}
