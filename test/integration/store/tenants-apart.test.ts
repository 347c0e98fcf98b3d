// @seconds 5
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bucketOf } from '../../../src/rules/retention/bucket.ts'
import { createBucketKey } from '../../../src/seal/bucket-key.ts'
import { asTenant, type Database } from '../../../src/store/postgres/connect.ts'
import { migrate } from '../../../src/store/postgres/migrate.ts'
import type { RecordRow } from '../../../src/messages/store/rows.ts'
import type { TenantStore } from '../../../src/store/tenant-store.ts'
import { createAuthority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { ADMIN } from '../../harness/postgres.ts'
import { must, reveal, someRoots, storeOf, type Kept } from '../../harness/stored-calls.ts'
import { startTranscripts, type Transcripts } from '../../harness/transcripts.ts'

const MIGRATIONS = join(import.meta.dirname, '../../../src/store/postgres/migrations')

describe('roles of the database', () => {
  let stored: Transcripts
  let own: TenantStore
  let kept: Kept
  let row: RecordRow
  let stranger: Pick<Database, 'transaction'>
  let sweep: Database
  let admin: Database

  before(async function () {
    this.timeout(120_000)
    stored = await startTranscripts(600)
    own = stored.tenant('cabinet')
    kept = must(await stored.keep({ store: own, tenant: 'cabinet', texts: ['le secret du cabinet'] }))
    row = must(await own.read(kept.call))[0]!
    stranger = seenBy('stranger')
    sweep = stored.postgres.connect('callbot_sweep')
    admin = stored.postgres.connect(ADMIN)
  })
  after(() => stored?.stop())

  /** The role of the program `store`, in transactions of a namespace. */
  const seenBy = (tenant: string) => asTenant(stored.postgres.connect('callbot_store'), tenant)

  /** Rows that a statement gives, or the code with which it is refused. */
  const tried = (database: Pick<Database, 'transaction'>, sql: string, values: unknown[] = []) =>
    database
      .transaction(async (client) => {
        const results = [await client.query(sql, values)].flat()
        return results.flatMap((result) => result.rows as object[])
      })
      .catch((error: { code?: string }) => error.code)
  const partition = async () => {
    const [first] = must(await stored.sweep.partitions())
    return `callbot.records_transcript_${first!.from / 1_000}_${first!.to / 1_000}`
  }
  const DENIED = '42501'

  it('of the store finds no row of a call in a transaction of another namespace, or of none, by its id neither', async () => {
    expect(await tried(stranger, 'SELECT * FROM callbot.records')).to.deep.equal([])
    expect(await tried(stranger, 'SELECT * FROM callbot.records WHERE call = $1', [kept.call])).to.deep.equal([])
    expect(await tried(stranger, 'SELECT * FROM callbot.buckets')).to.deep.equal([])
    expect(await tried(stranger, 'SELECT * FROM callbot.generations')).to.deep.equal([])
    expect(await tried(stranger, "DELETE FROM callbot.generations WHERE tenant = 'cabinet' RETURNING 1")).to.deep.equal(
      [],
    )
    const forged = "INSERT INTO callbot.generations VALUES ('cabinet', 'zz')"
    expect(await tried(stranger, forged)).to.equal(DENIED)
    expect(await tried(stranger, 'SELECT count(*)::int AS n FROM callbot.records')).to.deep.equal([{ n: 0 }])
    expect(await tried(stranger, 'TABLE callbot.records')).to.deep.equal([])
    const nobody = stored.postgres.connect('callbot_store')
    for (const table of ['records', 'buckets', 'generations', 'deliveries'])
      expect(await tried(nobody, `SELECT * FROM callbot.${table}`), table).to.deep.equal([])
    expect(await tried(nobody, "INSERT INTO callbot.generations VALUES ('', 'zz')")).to.equal(DENIED)
  })

  it('of the store can not put row security, the role or a partition aside', async () => {
    const tries = [
      'SET row_security = off; SELECT * FROM callbot.records',
      'SET ROLE callbot_owner',
      `SET ROLE ${ADMIN}`,
      `SET SESSION AUTHORIZATION ${ADMIN}`,
      'ALTER TABLE callbot.records DISABLE ROW LEVEL SECURITY',
      'CREATE POLICY all_of_it ON callbot.records USING (true)',
      'ALTER ROLE callbot_store BYPASSRLS',
      'GRANT callbot_owner TO callbot_store',
      'CREATE VIEW public.all_of_it AS SELECT * FROM callbot.records',
      'CREATE FUNCTION public.spy() RETURNS text LANGUAGE sql AS $$SELECT 1::text$$',
      'CREATE TEMPORARY TABLE spy (x text)',
      `SELECT * FROM ${await partition()}`,
      'SELECT * FROM callbot.records_transcript',
      'TRUNCATE callbot.records',
      'DELETE FROM callbot.records',
      "UPDATE callbot.records SET expires_at = 'infinity'",
      'UPDATE callbot.buckets SET shortened = 0',
      'DELETE FROM callbot.buckets',
      "COPY callbot.records TO PROGRAM 'cat'",
      "COPY callbot.records TO '/tmp/records'",
      "SELECT pg_read_file('PG_VERSION')",
      "SELECT lo_import('/etc/passwd')",
      'SELECT * FROM pg_authid',
      'SELECT * FROM pg_statistic',
    ]
    const ran: string[] = []
    for (const sql of tries) {
      const result = await tried(stranger, sql)
      // 0A000: COPY with row security; either way nothing comes.
      if (result !== DENIED && result !== '0A000') ran.push(`${sql}: ${JSON.stringify(result)}`)
    }
    // Set off, row security makes the statement fail instead of giving more rows.
    expect(ran).to.deep.equal([])
  })

  it('of the store names no locks, and stores no large object, which no policy erases', async () => {
    const tries = [
      'SELECT pg_advisory_lock(6405811203)',
      'SELECT pg_try_advisory_xact_lock(1, 2)',
      "SELECT lo_from_bytea(0, 'kept')",
      'SELECT lo_create(0)',
    ]
    for (const sql of tries) expect(await tried(stranger, sql), sql).to.equal(DENIED)
  })

  it('of the store sees, moves, removes and makes no delivery of a call for another namespace', async () => {
    const values = "tenant, call, 'policy', bucket, now(), now() FROM callbot.records LIMIT 1"
    const columns = '(tenant, call, policy, bucket, give_up_at, next_try)'
    await tried(admin, `INSERT INTO callbot.deliveries ${columns} SELECT ${values}`)
    const tries = [
      'SELECT * FROM callbot.deliveries',
      'UPDATE callbot.deliveries SET next_try = now() RETURNING call',
      'DELETE FROM callbot.deliveries RETURNING call',
    ]
    for (const sql of tries) expect(await tried(stranger, sql), sql).to.deep.equal([])
    const [row] = (await tried(admin, 'SELECT * FROM callbot.deliveries')) as { call: string; bucket: string }[]
    const insert = `INSERT INTO callbot.deliveries ${columns} VALUES ($1, $2, 'policy', $3, now(), now())`
    for (const tenant of ['cabinet', 'stranger'])
      expect(await tried(stranger, insert, [tenant, row!.call, row!.bucket]), tenant).to.equal(DENIED)
  })

  it('of the store learns nothing of other namespaces from plans, statistics and errors', async () => {
    await tried(admin, 'ANALYZE callbot.records')
    await tried(admin, 'ANALYZE callbot.buckets')
    expect(await tried(stranger, "SELECT * FROM pg_stats WHERE schemaname = 'callbot'")).to.deep.equal([])
    const plan = JSON.stringify(
      await tried(
        stranger,
        `EXPLAIN (ANALYZE, BUFFERS, VERBOSE) SELECT * FROM callbot.records WHERE call = '${kept.call}'`,
      ),
    )
    expect(plan).to.match(/actual time=.* rows=0/)
    expect(plan).not.to.include('cabinet')
    // A function that fails on what it sees would name it: it is asked after row security, and sees nothing.
    const peek =
      "SELECT * FROM callbot.records WHERE 1 / (length(encode(body, 'hex')) - length(encode(body, 'hex'))) = 1"
    expect(await tried(stranger, peek)).to.deep.equal([])
    expect(await tried(seenBy('cabinet'), peek)).to.equal('22012')
  })

  it('of the store writes no row of another namespace, nor under the key of another', async () => {
    const insert = `INSERT INTO callbot.records (tenant, call, class, sequence, expires_at, bucket, key, body)
      SELECT $1, $2, 'Transcript', 0, $3, $4, $5, $6`
    const ids = must(await stored.sweep.buckets()).map(({ id }) => id)
    const values = [randomUUID(), new Date(kept.expiresAt), ids[0], row.key, row.body]
    expect(await tried(stranger, insert, ['cabinet', ...values])).to.equal(DENIED)
    expect(await tried(stranger, insert, ['stranger', ...values])).to.equal(DENIED)
    const bucket = bucketOf(
      { tenant: 'cabinet', policy: 'policy', class: 'Transcript', life: 600 },
      kept.expiresAt + 60_000,
    )
    expect(await storeOf(stored.postgres, 'stranger').bucket(bucket, createBucketKey(bucket, stored.roots))).to.include(
      {
        reason: 'Denied',
      },
    )
  })

  it('of sweep see when data expires, and neither keys nor bodies', async () => {
    expect(await tried(sweep, 'SELECT class, expires_at FROM callbot.records')).to.have.length(1)
    for (const column of ['body', 'key', 'call', 'tenant', '*'])
      expect(await tried(sweep, `SELECT ${column} FROM callbot.records`), column).to.equal(DENIED)
    for (const column of ['key', '*'])
      expect(await tried(sweep, `SELECT ${column} FROM callbot.buckets`), column).to.equal(DENIED)
    expect(await tried(sweep, 'DELETE FROM callbot.buckets RETURNING key')).to.equal(DENIED)
  })

  it('of sweep alone use the connections that are reserved for erasure', async () => {
    const sql = `SELECT member::regrole::text AS role FROM pg_auth_members WHERE roleid = 'pg_use_reserved_connections'::regrole`
    expect(await tried(admin, sql)).to.deep.equal([{ role: 'callbot_sweep' }])
  })

  it('of sweep decrypt nothing, with all that the owner of the tables can get at', async () => {
    const got = (await tried(
      sweep,
      `SET ROLE callbot_owner; ALTER TABLE callbot.records NO FORCE ROW LEVEL SECURITY;
       SELECT body FROM callbot.records; ALTER TABLE callbot.records FORCE ROW LEVEL SECURITY`,
    )) as { body: Buffer }[]
    expect(got[0]!.body.equals(row.body)).to.equal(true)
    expect(got[0]!.body.includes('secret')).to.equal(false)
    expect(reveal(row, stored.roots)).to.equal('le secret du cabinet')
    expect(reveal(row, someRoots())).to.equal('Altered')
  })

  it('are proved by a certificate with their name, of our authority, over TLS', async () => {
    const { postgres } = stored
    const login = (role: string, more = {}) => tried(postgres.connect(role, more), 'SELECT 1 AS one')
    expect(await login('callbot_store')).to.deep.equal([{ one: 1 }])
    const { cert, key } = postgres.authority.issue(['x'], undefined, 'stranger')
    expect(await login('callbot_store', { identity: { cert, key, ca: postgres.authority.cert } })).to.equal('28000')
    const other = createAuthority('databases')
    const forged = other.issue(['x'], undefined, 'callbot_store')
    expect(await login('callbot_store', { identity: { ...forged, ca: postgres.authority.cert } })).not.to.be.an('array')
    // A server of another authority, or with another name, is not ours.
    expect(await login('callbot_store', { identity: { cert, key, ca: other.cert } })).to.equal('CERT_SIGNATURE_FAILURE')
    expect(await login('callbot_store', { host: '127.0.0.1' })).to.equal('ERR_TLS_CERT_ALTNAME_INVALID')
  })

  it('are three, and none is a namespace’s: no other logs in, even with a certificate', async () => {
    const named = (await tried(admin, "SELECT rolname FROM pg_roles WHERE rolname ~ '^callbot'")) as {
      rolname: string
    }[]
    expect(named.map(({ rolname }) => rolname).sort()).to.deep.equal([
      ...['callbot_admin', 'callbot_owner', 'callbot_store', 'callbot_sweep'],
    ])
    await tried(admin, 'CREATE ROLE accounting LOGIN')
    expect(await tried(stored.postgres.connect('accounting'), 'SELECT 1')).to.equal(DENIED)
    expect(await tried(stored.postgres.connect('cabinet'), 'SELECT 1')).to.equal('28000')
  })

  it('and tables are made once, also by two who come at the same time', async () => {
    expect(await Promise.all([migrate(admin), migrate(stored.postgres.connect(ADMIN))])).to.deep.equal([[], []])
  })

  it('and tables stay as they are when a file of the migration was changed since, or is of a newer version', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'callbot-migrations-'))
    try {
      cpSync(MIGRATIONS, folder, { recursive: true })
      appendFileSync(join(folder, '007-keys-in-files.sql'), '-- the same, in other words\n')
      const message = () => migrate(admin, folder).catch((error: Error) => error.message)
      expect(await message()).to.include('migration 007-keys-in-files.sql was changed after it was applied')
      rmSync(join(folder, '007-keys-in-files.sql'))
      expect(await message()).to.include('migration 007-keys-in-files.sql, which this version does not know')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('of the store hold up no key but those of its transaction, if one stays open', async () => {
    const due = { texts: ['x'], endedAt: Date.now() - 598_500 }
    const other = stored.tenant('locker')
    for (const [tenant, store] of [
      ['cabinet', own],
      ['locker', other],
    ] as const)
      must(await stored.keep({ store, tenant, ...due }))
    const isDue = async ({ closesAt, shortened }: { closesAt: number; shortened: number }) =>
      closesAt - shortened * 1_000 <= must(await stored.sweep.now())
    const dueKeys = async () => {
      const all = must(await stored.sweep.buckets())
      const flags = await Promise.all(all.map(isDue))
      return all.filter((_, index) => flags[index])
    }
    await eventually(
      async () => expect((await dueKeys()).map(({ tenant }) => tenant).sort()).to.deep.equal(['cabinet', 'locker']),
      20,
    )
    await seenBy('locker').transaction(async (client) => {
      await client.query('SELECT id FROM callbot.buckets FOR UPDATE')
      const keys = await dueKeys()
      expect(must(await stored.sweep.destroy(keys.map(({ id }) => id)))).to.have.lengthOf(1)
      expect((await dueKeys()).map(({ tenant }) => tenant)).to.deep.equal(['locker'])
    })
    expect(must(await stored.sweep.destroy((await dueKeys()).map(({ id }) => id))), 'the next time').to.have.lengthOf(1)
  })
})
