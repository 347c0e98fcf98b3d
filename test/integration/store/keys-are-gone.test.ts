// @seconds 20
import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../../../src/store/postgres/connect.ts'
import { migrate } from '../../../src/store/postgres/migrate.ts'
import { createSweepStore } from '../../../src/store/postgres/sweep-store.ts'
import { eventually } from '../../harness/eventually.ts'
import { compile, type Matcher } from '../../harness/octet-search/matcher.ts'
import { searchFile } from '../../harness/octet-search/sources.ts'
import { patient } from '../../harness/patience.ts'
import { ADMIN, startPostgres, type Postgres } from '../../harness/postgres.ts'
import { startSweep, type SweepProgram } from '../../harness/sweep-program.ts'

const KEYS = 200
const MIGRATIONS = join(import.meta.dirname, '../../../src/store/postgres/migrations')
const policies = [
  {
    ...{ tenant: 'cabinet', name: 'policy', generation: 1, mode: 'Enforce', maxDeletionsPerRun: 1_000 },
    ...{ rules: [{ class: 'Transcript', seconds: 3_600 }], legalHolds: [] },
  },
]

describe('a key that sweep has destroyed', function () {
  this.timeout(patient(60_000))
  let postgres: Postgres
  let admin: Database
  let sweep: SweepProgram
  let living: Matcher
  let first: Matcher

  /** Keys of which nobody could say more than that they are random. @param life in seconds, of which an hour has a thousandth more */
  async function store(count: number, life: number): Promise<Matcher> {
    const keys = Array.from({ length: count }, () => randomBytes(60))
    const sql = `INSERT INTO callbot.buckets (tenant, policy, class, life, opens_at, closes_at, generation, key)
      SELECT 'cabinet', 'policy', 'Transcript', $1::integer, o.at, o.at + make_interval(secs => ceil($1::integer / 1000.0)), 'day-1', k.key
      FROM unnest($2::bytea[]) WITH ORDINALITY AS k (key, n), LATERAL (SELECT clock_timestamp() + make_interval(secs => $1::integer + n / 1e6) AS at) AS o`
    await admin.use((client) => client.query(sql, [life, keys]))
    return compile(keys.map((octets, index) => ({ name: String(index), octets })))
  }

  /** How many of the keys are in each file of the database, for files with any. */
  async function found(matcher: Matcher): Promise<Record<string, number>> {
    const data = join(postgres.folder, 'data')
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
    const counts: Record<string, number> = {}
    for (const { parentPath, name } of files) {
      const path = join(parentPath, name)
      const finds = await searchFile(path, matcher).then(
        ({ finds: all }) => new Set(all.map((find) => find.name)),
        (error: { code?: string }) => (error.code === 'ENOENT' ? new Set() : Promise.reject(error)),
      )
      if (finds.size > 0) counts[path.slice(data.length + 1)] = finds.size
    }
    return counts
  }

  const say = (database: Database, sql: string) => database.use((client) => client.query(sql))
  const dueKeys = async () =>
    (await say(admin, 'SELECT count(*)::integer AS n FROM callbot.buckets WHERE life < 60')).rows[0] as { n: number }
  const isGone = async (keys: Matcher) => {
    await eventually(async () => {
      expect(await dueKeys()).to.deep.equal({ n: 0 })
      expect((await sweep.state())!.keysInFiles).to.equal(undefined)
    }, 20)
    expect(await found(keys)).to.deep.equal({})
    expect(Object.keys(await found(living)), 'of those that live').to.not.deep.equal([])
  }

  before(async () => {
    // As a database is that the version before has used for a while: with statistics, and segments of WAL that were recycled.
    postgres = await startPostgres({ wal_level: 'minimal', max_wal_senders: '0' })
    admin = postgres.connect(ADMIN)
    const older = mkdtempSync(join(tmpdir(), 'callbot-migrations-'))
    for (const name of readdirSync(MIGRATIONS).filter((each) => each < '007'))
      copyFileSync(join(MIGRATIONS, name), join(older, name))
    await migrate(admin, older)
    rmSync(older, { recursive: true })
    await say(admin, "INSERT INTO callbot.generations VALUES ('cabinet', 'day-1')")
    living = await store(20, 3_600)
    first = await store(KEYS, 1)
    await say(admin, 'ANALYZE')
    await say(admin, 'SELECT pg_switch_wal()')
    await say(admin, 'CHECKPOINT')
    const copies = await found(first)
    expect(Object.values(copies).length, JSON.stringify(copies)).to.be.above(2)
    await migrate(admin)
    await say(admin, "ALTER SYSTEM SET wal_recycle = 'off'")
    await say(admin, 'SELECT pg_reload_conf()')
    sweep = await startSweep(postgres, policies, { CALLBOT_FILES_SECONDS: '1', CALLBOT_TRANSACTION_SECONDS: '2' })
  })
  after(async () => {
    await sweep?.end()
    await postgres?.stop()
  })

  it('is in no file of the database: not in the table, its statistics or the WAL', () => isGone(first))

  it('is in no file of the database though the program store keeps a snapshot open, whose transaction sweep ends', async () => {
    const reader = postgres.connect('callbot_store', { timeoutMs: 600_000 })
    const ended = reader
      .use(async (client) => {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
        await client.query('SELECT count(*) FROM callbot.buckets')
        await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0')
        await client.query('SELECT pg_sleep(600)')
        return 'open until its end'
      })
      .catch((error: { code?: string }) => error.code)
    const keys = await store(KEYS, 1)
    await say(admin, 'ANALYZE')
    await isGone(keys)
    expect(await ended).to.equal('57P01')
  })

  it('leaves the table though transactions of the program store follow one another without a gap', async () => {
    const reader = postgres.connect('callbot_store', { connections: 8, timeoutMs: 600_000 })
    let isOver = false
    const readers = Array.from({ length: 8 }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 250))
      while (!isOver)
        await reader
          .transaction((client) => client.query('SELECT count(*), pg_sleep(2) FROM callbot.buckets'))
          .catch(() => undefined)
    })
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    const store = createSweepStore({ database: postgres.connect('callbot_sweep', { timeoutMs: 60_000 }) })
    const gently = await store.clearKeyFiles({ transactionSeconds: 60, lockMs: 1_000 })
    const atLast = await store.clearKeyFiles({ transactionSeconds: 1, lockMs: 5_000 })
    isOver = true
    await Promise.all(readers)
    expect({ gently, atLast }).to.deep.equal({ gently: 'Transactions', atLast: undefined })
  })

  it('is reported as still there while an administrator keeps a snapshot open', async () => {
    const other = postgres.connect(ADMIN, { timeoutMs: 600_000 })
    const keys = await other.use(async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
      await client.query('SELECT count(*) FROM callbot.buckets')
      const stored = await store(KEYS, 1)
      await eventually(async () => expect((await sweep.state())?.keysInFiles?.because).to.equal('Transactions'), 20)
      expect(Object.keys(await found(stored))).to.not.deep.equal([])
      await client.query('COMMIT')
      return stored
    })
    await isGone(keys)
  })
})
