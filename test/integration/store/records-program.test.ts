// @seconds 5
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { LONGEST_SUBMISSION } from '../../../src/records/submission.ts'
import { readRoots, type Roots } from '../../../src/seal/roots.ts'
import type { TenantStore } from '../../../src/store/tenant-store.ts'
import { createAuthority, type Authority, type Issued } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { OPERATOR } from '../../harness/pod-process.ts'
import {
  ask,
  type RecordsProgram,
  type RecordsStage,
  rootsText,
  setRecordsStage,
} from '../../harness/records-program.ts'
import { must, reveal, someRoots } from '../../harness/stored-calls.ts'

const TENANT = 'clinic'

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
    stage = await setRecordsStage({ tenant: TENANT, roots, classes: ['CallMetadata', 'Transcript'] })
    ;({ authority, store, records } = stage)
    pod = authority.issue(['town-hall.clinic.svc'])
    operator = authority.issue([OPERATOR])
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
