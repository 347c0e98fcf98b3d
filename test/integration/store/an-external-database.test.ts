// @seconds 10
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { attempt, isRefusal } from '../../../src/store/postgres/refusal.ts'
import { createAuthority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { ADMIN, startPostgresWith, type Postgres } from '../../harness/postgres.ts'
import { ask, startRecords, type RecordsProgram } from '../../harness/records-program.ts'
import { filed, startStoreProgram, type StoreProgram } from '../../harness/store-program.ts'
import { must, reveal, someRoots, storeOf as rowsOf } from '../../harness/stored-calls.ts'
import { runMigrate, startSweep, type SweepProgram } from '../../harness/sweep-program.ts'

const TENANT = 'lilas'
const LIFE = 600
/** What docs/guides/data.md has the administrator of the database do: on the server, and then in the new database. */
const PREPARED = [`CREATE ROLE ${ADMIN} LOGIN CREATEROLE`, `CREATE DATABASE callbot OWNER ${ADMIN}`]

const PREPARED_INSIDE = [
  `GRANT pg_checkpoint TO ${ADMIN}`,
  `GRANT EXECUTE ON FUNCTION pg_switch_wal(), pg_ls_waldir() TO ${ADMIN}`,
]

const policy = filed(TENANT, 'policy', [{ class: 'Transcript', seconds: LIFE }])

/** The server's certificate is of another authority than those of clients, and the administrator of the tables is no superuser. */
describe('a PostgreSQL that the chart did not install', function () {
  this.timeout(120_000)
  const others = createAuthority('the database team')
  const pods = createAuthority('test CA')
  const roots = someRoots()
  const variables = { CALLBOT_DATABASE_CA: others.cert, CALLBOT_DATABASE_NAME: 'callbot' }
  const times = { CALLBOT_FILES_SECONDS: '1', CALLBOT_TRANSACTION_SECONDS: '3' }
  let postgres: Postgres
  let sweep: SweepProgram | undefined
  let store: StoreProgram | undefined
  let records: RecordsProgram | undefined

  before(async () => {
    postgres = await startPostgresWith({ serverAuthority: others, superuser: 'postgres' })
    const superuser = postgres.connect('postgres')
    for (const statement of PREPARED) await superuser.use((client) => client.query(statement))
  })
  after(async () => {
    await sweep?.end()
    await records?.remove()
    await store?.end()
    await postgres?.stop()
  })

  const storeOf = (tenant: string) => rowsOf(postgres, tenant, { database: 'callbot' })

  it('gets its tables from a role that may only create roles, as often as it comes', async () => {
    for (const round of ['first', 'second']) {
      const { code, log } = await runMigrate(postgres, ADMIN, variables)
      expect(code, `${round}: ${log}`).to.equal(0)
    }
  })

  it('is refused when its certificate is of an authority that nobody named', async () => {
    const trusting = (ca: string) => postgres.connect('callbot_sweep', { database: 'callbot', ca })
    const answerTo = (ca: string) => attempt(() => trusting(ca).use((client) => client.query('SELECT 1')))
    expect(isRefusal(await answerTo(others.cert))).to.equal(false)
    expect(await answerTo(pods.cert))
      .to.have.property('because')
      .that.includes('certificate')
  })

  it('keeps records and destroys their keys by one role for all namespaces, each of which reads its own alone', async () => {
    sweep = await startSweep(postgres, [policy, { ...policy, tenant: 'roses' }], { ...variables, ...times })
    const known = async () => (await sweep!.state())?.policies.map(({ generation }) => generation)
    await eventually(async () => expect(await known()).to.deep.equal([1, 1]), 20)
    store = await startStoreProgram({ postgres, authority: pods, policies: [policy], more: variables })
    records = await startRecords({ store, authority: pods, tenant: TENANT, roots })
    const call = randomUUID()
    const body = JSON.stringify({
      ...{ policy: 'policy', endedAt: Date.now() - 1_000 },
      records: [{ class: 'Transcript', sequence: 0, life: LIFE, body: Buffer.from('bonjour').toString('base64') }],
    })
    const as = pods.issue([`accueil.${TENANT}.svc`])
    const { status, text } = await ask(records, { method: 'PUT', path: `/calls/${call}`, as, authority: pods, body })
    expect(status, text).to.equal(204)
    const rows = must(await storeOf(TENANT).read(call))
    expect(rows.map((row) => reveal(row, roots))).to.deep.equal(['bonjour'])
    expect(must(await storeOf('roses').read(call))).to.deep.equal([])
    sweep.write([{ ...policy, generation: 2, rules: [{ class: 'Transcript', seconds: 0 }] }])
    await eventually(async () => expect(must(await storeOf(TENANT).read(call))).to.deep.equal([]), 20)
  })

  it('is reported while destroyed keys stay in its files: rights and wal_recycle are its administrator’s to set', async () => {
    const becomes = (because: string | undefined) =>
      eventually(async () => expect((await sweep!.state())?.keysInFiles?.because).to.equal(because), 20)
    await becomes('NotAllowed')
    const superuser = postgres.connect('postgres', { database: 'callbot' })
    const say = (sql: string) => superuser.use((client) => client.query(sql))
    for (const statement of PREPARED_INSIDE) await say(statement)
    await becomes('WalRecycled')
    await say("ALTER SYSTEM SET wal_recycle = 'off'")
    await say('SELECT pg_reload_conf()')
    await becomes(undefined)
    expect((await sweep!.state())?.keysInFiles).to.equal(undefined)
  })

  it('has transactions of the program store ended that stay open, by an administrator who is no superuser', async () => {
    const role = postgres.connect('callbot_store', { database: 'callbot', timeoutMs: 600_000 })
    const ended = role
      .use(async (client) => {
        await client.query('BEGIN; SELECT count(*) FROM callbot.records')
        await client.query('SELECT pg_sleep(600)')
      })
      .catch((error: { code?: string }) => error.code)
    expect(await ended).to.equal('57P01')
  })
})
