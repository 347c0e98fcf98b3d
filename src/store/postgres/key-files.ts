/** Removes destroyed keys from the files of the database: the table, and the WAL. pg_statistic has none (migration 007). */
import type { PoolClient } from 'pg'
import type { Database } from './connect.ts'
import { attempt, isRefusal, type StoreRefusal } from './refusal.ts'

/** Why a destroyed key may still be in the files. */
export type KeyRest =
  /** A transaction, a replication slot or a standby still sees the rows, or a lock keeps the table. */
  | 'Transactions'
  /** wal_recycle is on. */
  | 'WalRecycled'
  /** The server keeps segments of WAL for others: wal_keep_size, a replication slot, an archive. */
  | 'WalKept'
  /** Who migrates lacks a right. */
  | 'NotAllowed'

export interface ClearOptions {
  /** Transactions of the program store that are open for longer are ended meanwhile, in seconds. */
  readonly transactionSeconds: number
  /** How long to wait for the lock of the table, in milliseconds. Whoever needs the table waits behind it. */
  readonly lockMs: number
}

const MEANWHILE_MS = 1_000
/** lock_not_available. */
const HELD_UP = 'SQLSTATE 55P03'

/** @returns what is left; undefined: no destroyed key is in the files */
export async function clearKeyFiles(database: Database, o: ClearOptions): Promise<KeyRest | undefined | StoreRefusal> {
  const rows = await attempt(() => meanwhile(database, o.transactionSeconds, () => rewrite(database, o.lockMs)))
  if (isRefusal(rows)) return rows.because.includes(HELD_UP) ? 'Transactions' : rows
  const wal = await attempt(() => clearWal(database))
  if (isRefusal(wal)) return wal.reason === 'Denied' ? 'NotAllowed' : wal
  if (rows > 0) return 'Transactions'
  return wal
}

/** Ends transactions of the program store that are open for longer than this. @param seconds from 1 @returns how many */
export async function endTransactions(database: Database, seconds: number): Promise<number> {
  const { rows } = await database.use((client) =>
    client.query<{ ended: number }>('SELECT callbot.end_transactions($1) AS ended', [seconds]),
  )
  return rows[0]!.ended
}

/** Ends transactions before the work and while it lasts: whoever has the lock is too old after a while, and nobody else gets it. */
async function meanwhile<T>(database: Database, seconds: number, work: () => Promise<T>): Promise<T> {
  await endTransactions(database, seconds)
  const timer = setInterval(() => void attempt(() => endTransactions(database, seconds)), MEANWHILE_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

/** Rewrites the table. @returns how many rows stayed though they were deleted, since somebody still sees them */
const rewrite = (database: Database, lockMs: number): Promise<number> =>
  database.use(async (client) => {
    await client.query('SET ROLE callbot_owner')
    await client.query(`SET lock_timeout = ${Math.ceil(lockMs)}`)
    const left = await deadRows(client, () => client.query('VACUUM (FULL, VERBOSE) callbot.buckets'))
    await client.query('RESET ROLE; RESET lock_timeout')
    return left
  })

/** In any language the first number of the detail is that of the dead rows that could not be removed. */
async function deadRows(client: PoolClient, work: () => Promise<unknown>): Promise<number> {
  let left = 0
  const onNotice = ({ detail }: { detail?: string | undefined }) => {
    left = Math.max(left, Number(/\d+/.exec(detail ?? '')?.[0] ?? 0))
  }
  client.on('notice', onNotice)
  await work()
  client.off('notice', onNotice)
  return left
}

async function clearWal(database: Database): Promise<KeyRest | undefined> {
  const sql = 'SELECT callbot.clear_wal() AS rest'
  const { rows } = await database.use((client) => client.query<{ rest: 'Gone' | 'Recycled' | 'Kept' }>(sql))
  const { rest } = rows[0]!
  return rest === 'Gone' ? undefined : `Wal${rest}`
}
