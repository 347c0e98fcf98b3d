// @seconds 8
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HeldPlace } from '../../../src/messages/store/rows.ts'
import { LONGEST_SUBMISSION } from '../../../src/records/submission.ts'
import { readRoots, type Roots } from '../../../src/seal/roots.ts'
import { createStoreClient, type StoreClient } from '../../../src/store/client.ts'
import { asTenant } from '../../../src/store/postgres/connect.ts'
import { createHoldExports } from '../../../src/store/postgres/hold-exports.ts'
import type { TenantStore } from '../../../src/store/tenant-store.ts'
import { createAuthority, type Authority, type Issued } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { standInForKubectl, type KubectlStandIn } from '../../harness/kubectl-stand-in.ts'
import { OPERATOR } from '../../harness/pod-process.ts'
import { ADMIN } from '../../harness/postgres.ts'
import {
  ask,
  type RecordsProgram,
  type RecordsStage,
  rootsText,
  setRecordsStage,
} from '../../harness/records-program.ts'
import { must, reveal, someRoots } from '../../harness/stored-calls.ts'

const TENANT = 'clinic'
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
const hold = { name: 'case-7', classes: ['Transcript'], callsFrom: day(-1), callsUntil: day(1), endsOn: day(1) }
const legalHolds = [
  hold,
  { ...hold, name: 'over', endsOn: day(-1) },
  { ...hold, name: 'earlier', callsFrom: day(-3), callsUntil: day(-2) },
]

/** The real program and a real PostgreSQL 17; requests as pods send them. */
describe('the program records', function () {
  this.timeout(60_000)
  let roots = someRoots()
  let authority: Authority
  let store: TenantStore
  let records: RecordsProgram
  let stage: RecordsStage | undefined
  let pod: Issued
  let operator: Issued

  before(async function () {
    this.timeout(180_000)
    stage = await setRecordsStage({ tenant: TENANT, roots, classes: ['CallMetadata', 'Transcript'], legalHolds })
    ;({ authority, store, records } = stage)
    pod = authority.issue(['town-hall.clinic.svc'])
    operator = authority.issue([OPERATOR])
    await storeCovered()
  })
  after(async () => {
    await stage?.remove()
  })

  const record = { class: 'CallMetadata', sequence: 0, life: 600, body: Buffer.from('{"a":1}').toString('base64') }
  const submission = (change: object = {}) => ({
    ...{ policy: 'thirty-days', endedAt: Date.now() - 1_000, records: [record] },
    ...change,
  })
  const put = (call: string, value: unknown, as: Issued | undefined = pod) =>
    ask(records, { method: 'PUT', path: `/calls/${call}`, as, authority, body: JSON.stringify(value) })
  const statusOf = async (value: unknown, as?: Issued) => (await put(randomUUID(), value, as)).status
  const state = async () =>
    JSON.parse((await ask(records, { path: '/state', as: operator, authority })).text) as Record<string, unknown>
  const textsOf = async (call: string, keys: Roots = roots) =>
    must(await store.read(call)).map((row) => `${row.class} ${reveal(row, keys)}`)

  /** Of two calls under legal holds the one whose hold is exported. */
  const covered = randomUUID()
  async function storeCovered() {
    const dead = { ...record, class: 'Transcript', life: 3 }
    const records = [dead, { ...dead, sequence: 1, life: 500 }, { ...record, life: 3 }]
    for (const [call, policy] of [
      [covered, 'ten-minutes'],
      [randomUUID(), 'a-week'],
    ] as const)
      expect(await put(call, submission({ policy, endedAt: Date.now(), records }))).to.include({
        status: 204,
        text: '',
      })
  }

  it('stores a call once, however often it is sent, and all of its records or none', async () => {
    const call = randomUUID()
    const both = [record, { ...record, class: 'Transcript' }]
    const value = submission({ records: both })
    expect((await put(call, value)).status).to.equal(204)
    expect((await put(call, value)).status).to.equal(204)
    expect(await textsOf(call)).to.have.members(['CallMetadata {"a":1}', 'Transcript {"a":1}'])
    const other = randomUUID()
    const without = { ...record, class: 'CallerNumber' }
    const answer = await put(other, submission({ records: [...both, without] }))
    expect(answer).to.include({ status: 503, retryAfter: '2' })
    expect(answer.text).to.include('there is no partition for this class')
    expect(await textsOf(other)).to.deep.equal([])
    expect(await state())
      .to.have.property('reason')
      .that.includes('no partition')
    expect((await put(other, submission({ records: both }))).status).to.equal(204)
    expect(await state()).to.include({ ready: true })
  })

  it('refuses for good what is no submission, what is never kept, and what is too long', async () => {
    const before = await state()
    expect(await statusOf({})).to.equal(400)
    expect(await statusOf(submission({ records: [{ ...record, life: 0 }] }))).to.equal(422)
    expect(await statusOf(submission({ endedAt: Date.now() + 3_600_000 }))).to.equal(422)
    expect(await statusOf(submission({ endedAt: Date.now() - 86_500_000 }))).to.equal(422)
    expect(await statusOf('x'.repeat(LONGEST_SUBMISSION))).to.equal(413)
    expect((await put('1', submission())).status).to.equal(404)
    const after = await state()
    expect(Number(after['refused']) - Number(before['refused'])).to.equal(4)
    expect(after['accepted']).to.equal(before['accepted'])
  })

  it('acknowledges what expired on its way, and stores nothing of it', async () => {
    const call = randomUUID()
    const short = { ...record, class: 'Transcript', life: 1 }
    expect((await put(call, submission({ endedAt: Date.now() - 5_000, records: [record, short] }))).status).to.equal(
      204,
    )
    expect(await textsOf(call)).to.deep.equal(['CallMetadata {"a":1}'])
  })

  it('takes records from pods of its namespace alone, and shows its state and metrics to the operator alone', async () => {
    const stranger = authority.issue(['town-hall.stranger.svc'])
    expect(await statusOf(submission(), stranger)).to.equal(403)
    expect(await statusOf(submission(), operator)).to.equal(403)
    const edge = authority.issue(['callbot-edge.callbot-system.svc'])
    expect(await statusOf(submission(), edge)).to.equal(403)
    for (const path of ['/state', '/metrics']) {
      for (const as of [pod, stranger]) expect((await ask(records, { path, as, authority })).status, path).to.equal(403)
      expect((await ask(records, { path, as: operator, authority })).status, path).to.equal(200)
    }
    const { text } = await ask(records, { path: '/metrics', as: operator, authority })
    expect(text).to.include('callbot_records_database_up 1').and.include('callbot_records_request_seconds_count')
  })

  it('speaks with nobody who shows no certificate of the CA', async () => {
    const codeOf = (as: Issued | undefined) => put(randomUUID(), submission(), as).catch((error: Error) => error)
    const none = ask(records, { path: '/state', as: undefined, authority }).catch((error: Error) => error)
    expect(await none).to.be.instanceOf(Error)
    const foreign = createAuthority('another CA').issue(['town-hall.clinic.svc'])
    expect(await codeOf(foreign)).to.be.instanceOf(Error)
  })

  it('seals under a new generation within seconds, and goes on with the old keys when the file is broken', async () => {
    const next = someRoots('day-2')
    writeFileSync(records.rootsFile, 'day-2 no-key\n')
    await eventually(() => expect(records.log()).to.include('the root keys can not be read'))
    const broken = randomUUID()
    expect((await put(broken, submission())).status).to.equal(204)
    expect(must(await store.read(broken))[0]!.wrapped.generation).to.equal('day-1')
    writeFileSync(records.rootsFile, rootsText(next) + rootsText(roots))
    await eventually(() => expect(records.log()).to.include('"generations":2'))
    roots = readRoots(rootsText(next) + rootsText(roots)) as Roots
    const call = randomUUID()
    expect((await put(call, submission({ policy: 'a-week' }))).status).to.equal(204)
    expect(must(await store.read(call))[0]!.wrapped.generation).to.equal('day-2')
    expect(await textsOf(call)).to.deep.equal(['CallMetadata {"a":1}'])
  })

  describe('exports what a legal hold covers', () => {
    let kubectl: KubectlStandIn
    let file: string
    let client: StoreClient
    const clientOf = (tenant: string) => {
      const identity = { ...authority.issue([`callbot-records.${tenant}.svc`]), ca: authority.cert }
      return createStoreClient({ host: 'localhost', port: stage!.program.port, tenant, identity })
    }

    const run = (...args: string[]) => kubectl.plugin('hold', ...args, '-n', TENANT)
    const tenantDatabase = () => asTenant(stage!.stored.postgres.connect('callbot_store', { connections: 1 }), TENANT)
    const sql = async (text: string, ...values: unknown[]) => {
      return tenantDatabase()
        .transaction((client) => client.query(text, values))
        .catch((error: { code?: string }) => error)
    }
    before(async () => {
      kubectl = standInForKubectl(records.env, 'auditor@example.org')
      client = clientOf(TENANT)
      file = join(kubectl.folder, 'case-7.jsonl')
      await eventually(async () => expect(must(await store.read(covered))).to.have.lengthOf(1))
    })
    after(async () => {
      await client.close()
      kubectl.remove()
    })

    it('in a file of its own, though it has expired, and nothing else', async () => {
      const { code, text } = await run('export', 'ten-minutes', 'case-7', '--output', file)
      expect(code, text).to.equal(0)
      const lines = readFileSync(file, 'utf8').trim().split('\n')
      const [head, ...rest] = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(head).to.include({
        namespace: TENANT,
        policy: 'ten-minutes',
        hold: 'case-7',
        askedBy: 'auditor@example.org',
      })
      expect(rest.pop()).to.deep.equal({ kind: 'End', records: 2, unreadable: 0 })
      expect(rest.map(({ call, class: of, content }) => ({ call, of, content }))).to.deep.equal(
        Array(2).fill({ call: covered, of: 'Transcript', content: { a: 1 } }),
      )
      expect(statSync(file).mode & 0o777).to.equal(0o600)
      expect(text).to.include('exported 2 records').and.not.include('"a"')
      expect(must(await store.read(covered)), 'by all other ways').to.have.lengthOf(1)
    })

    it('and writes down before the first record who asked for what: no word of a record, and no call', async () => {
      expect(must(await client.held.begin('ten-minutes', 'earlier', 'somebody'))).to.match(/^[0-9a-f-]{36}$/)
      const { text } = await run('exports')
      const lines = [
        '\\S+Z {2}ten-minutes {2}earlier {2}0 records {2}somebody',
        '\\S+Z {2}ten-minutes {2}case-7 {2}2 records {2}auditor@example.org',
      ]
      expect(text).to.match(new RegExp(`^${lines.join('\n')}\n$`))
      const { rows } = (await sql('SELECT * FROM callbot.exports')) as { rows: object[] }
      expect(JSON.stringify(rows)).to.include('case-7').and.not.include(covered)
      expect(stage!.program.log()).to.include('are exported').and.not.include('auditor')
    })

    it('and of no hold that is not in force, that nobody wrote, or that another policy or namespace has', async () => {
      const begin = (policy: string, name: string, by = client) => by.held.begin(policy, name, 'x')
      expect(await begin('ten-minutes', 'over'))
        .to.have.property('because')
        .that.includes(`ended with ${day(-1)}`)
      expect(await begin('unknown', 'case-7'))
        .to.have.property('because')
        .that.includes('no legal hold case-7')
      expect(await begin('ten-minutes', 'case-8')).to.include({ reason: 'Policy' })
      const other = clientOf('stranger')
      expect(await begin('ten-minutes', 'case-7', other)).to.include({ reason: 'Policy' })
      const id = must(await begin('ten-minutes', 'case-7'))
      expect(await other.held.page(id, undefined)).to.include({ reason: 'Denied' })
      expect(must(await other.held.list())).to.deep.equal([])
      await other.close()
      const { code, text } = await run('export', 'ten-minutes', 'over', '--output', `${file}-over`)
      expect(text).to.include('ended with').and.include('not complete')
      expect({ code, isThere: existsSync(`${file}-over`) }).to.deep.equal({ code: 1, isThere: false })
    })

    it('of calls of its days alone, page by page', async () => {
      const earlierId = must(await client.held.begin('ten-minutes', 'earlier', 'x'))
      expect(must(await client.held.page(earlierId, undefined))).to.deep.equal([])
      const exports = createHoldExports(tenantDatabase())
      const now = Date.now()
      const cover = { classes: [], callsFrom: now - 60_000, callsUntil: now + 60_000, endsAt: now + 60_000 }
      const id = must(await exports.begin('ten-minutes', 'case-7', cover, 'x'))
      const seen: string[] = []
      for (let after: HeldPlace | undefined; ;) {
        const [row] = must(await exports.page(id, after, 1))
        if (row === undefined) break
        seen.push(`${row.call} ${row.class} ${row.sequence}`)
        after = { bucket: row.id, call: row.call, sequence: row.sequence, expiresAt: row.expiresAt }
      }
      expect(new Set(seen).size).to.equal(seen.length)
      for (const part of ['Transcript 0', 'Transcript 1', 'CallMetadata 0'])
        expect(seen).to.include(`${covered} ${part}`)
    })

    it('and the database gives nothing of it to a program that has written nothing down', async () => {
      const read = 'SELECT * FROM callbot.read_export($1, NULL, NULL, NULL, NULL, 10, 1000)'
      expect(await sql(read, randomUUID())).to.include({ code: '42501' })
      expect(await sql("INSERT INTO callbot.exports (tenant) VALUES ('clinic')")).to.include({ code: '42501' })
      expect(await sql('DELETE FROM callbot.exports')).to.include({ code: '42501' })
      expect(
        await sql(
          'SELECT callbot.begin_export($1, $2, $3, $4, $5, $6, $7)',
          'ten-minutes',
          'over',
          [],
          ...Array(3).fill(new Date()),
          'x',
        ),
      ).to.include({ code: '42501' })
    })

    it('a hundred times within a day, and what is written down of them goes after three years', async () => {
      const many = `SELECT count(callbot.begin_export('ten-minutes', 'case-7', '{}', now(), now(), now() + interval '1 day', 'x'))
        FROM generate_series(1, 120)`
      await sql(many)
      expect(await client.held.begin('ten-minutes', 'case-7', 'x')).to.include({ reason: 'QuotaExceeded' })
      expect(must(await client.held.list())).to.have.lengthOf(100)
      const { postgres, sweep } = stage!.stored
      expect(must(await sweep.forgetExports())).to.equal(0)
      const later = "UPDATE callbot.exports SET asked_at = asked_at - interval '3 years'"
      await postgres.connect(ADMIN).use((database) => database.query(later))
      expect(must(await sweep.forgetExports())).to.equal(100)
    })
  })

  it('writes no word of a record, no number and no key into its log', () => {
    const said = records.log()
    expect(said).to.include('ready for records')
    for (const secret of [
      record.body,
      '{"a":1}',
      ...rootsText(roots)
        .split(/\s/)
        .filter((word) => word.length > 20),
    ])
      expect(said).to.not.include(secret)
  })

  it('answers what it has taken before it ends', async () => {
    const calls = Array.from({ length: 10 }, () => randomUUID())
    const answers = calls.map((call) => put(call, submission()).catch(() => undefined))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await records.end()).to.equal(0)
    for (const [at, answer] of (await Promise.all(answers)).entries())
      if (answer?.status === 204) expect(await textsOf(calls[at]!)).to.have.length(1)
    await records.start()
    expect((await put(randomUUID(), submission())).status).to.equal(204)
  })
})
