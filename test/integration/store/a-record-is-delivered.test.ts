// @seconds 39
import { expect } from 'chai'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Target, writeTargets } from '../../../src/rules/delivery/targets.ts'
import type { DataClass } from '../../../src/rules/retention/life.ts'
import { createAuthority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { ask, type RecordsStage, setRecordsStage, startRecords } from '../../harness/records-program.ts'
import { must, someRoots } from '../../harness/stored-calls.ts'
import { startReceiver, type WebhookReceiver } from '../../harness/webhook-receiver.ts'

const TENANT = 'lilas'
const CANARY = 'Durand-0612345678'
const secret = () => `whsec_${randomBytes(32).toString('base64')}`
const [NEW, OLD] = [secret(), secret()]
const CLASSES: DataClass[] = ['CallMetadata', 'CollectedFields', 'Transcript']

/** The real program records, PostgreSQL, and a receiver that verifies with the package of Standard Webhooks. */
describe('the delivery of records by webhook', function () {
  this.timeout(240_000)
  const authority = createAuthority('test CA')
  const roots = someRoots()
  const pod = authority.issue([`bot.${TENANT}.svc`])
  let receiver: WebhookReceiver
  let stage: RecordsStage
  let folder: string
  let more: Record<string, string>

  const encoded = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64')
  const metadata = { class: 'CallMetadata', sequence: 0, body: encoded({ bot: 'accueil', outcome: 'hung-up' }) }
  const fields = {
    ...{ class: 'CollectedFields', sequence: 0 },
    body: encoded({ fields: { name: CANARY, hidden: 'not-collected' }, isCut: false }),
  }
  const put = async (path: string, body: object) =>
    ask(stage.records, { method: 'PUT', path, as: pod, authority, body: JSON.stringify(body) })
  const deliver = (call: string, policy = 'zero', endedAt = Date.now()) =>
    put(`/deliveries/${call}`, { policy, endedAt, records: [metadata, fields] })
  /** As a pod does: each try with the same end of the call. */
  const ends = new Map<string, number>()
  const store = (call: string, policy = 'month', life = 600) => {
    const endedAt = ends.get(call) ?? Date.now()
    ends.set(call, endedAt)
    return put(`/calls/${call}`, {
      ...{ policy, endedAt },
      records: [metadata, fields].map((record) => ({ ...record, life })),
    })
  }
  /** A pod sends again what was put off. */
  const stored = (call: string, when = 'stored') =>
    eventually(async () => expect((await store(call)).status, when).to.equal(204), 30)
  const about = (call: string) => receiver.messages.filter(({ data }) => data.call === call)
  const waiting = async () => must(await stage.store.deliveries.waiting())

  before(async () => {
    receiver = await startReceiver(authority, [NEW, OLD])
    folder = mkdtempSync(join(tmpdir(), 'callbot-delivery-'))
    const mounted = {
      'callbots.hosts': 'localhost, 169.254.169.254',
      signingKey: `${NEW}\n${OLD}\n`,
      'ca.crt': authority.cert,
    }
    mkdirSync(join(folder, 'hook'))
    for (const [name, text] of Object.entries(mounted)) writeFileSync(join(folder, 'hook', name), text)
    mkdirSync(join(folder, 'unreleased'))
    writeFileSync(join(folder, 'unreleased', 'signingKey'), NEW)
    const target = (policy: string, change: Partial<Target> = {}): Target => ({
      policy,
      webhook: {
        url: `https://localhost:${receiver.port}/calls?from=bot`,
        tls: { caSecretRef: { name: 'hook', key: 'ca.crt' } },
      },
      signingSecret: { name: 'hook', key: 'signingKey' },
      classes: ['CallMetadata', 'CollectedFields'],
      collect: ['name'],
      giveUpAfterSeconds: 600,
      ...change,
    })
    const targets = [
      ...[target('zero'), target('month'), target('once', { giveUpAfterSeconds: 0 })],
      target('metadata', { webhook: { url: 'https://169.254.169.254/latest' } }),
      target('untrusted', { webhook: { url: `https://localhost:${receiver.port}/` } }),
      target('unreleased', { signingSecret: { name: 'unreleased', key: 'signingKey' } }),
    ]
    more = { CALLBOT_DELIVERIES: writeTargets(targets), CALLBOT_SECRETS: folder }
    const policies = targets.map(({ policy }) => policy)
    stage = await setRecordsStage({ tenant: TENANT, roots, classes: CLASSES, authority, policies, more })
  })
  after(async () => {
    await stage?.remove()
    await receiver?.close()
    if (folder) rmSync(folder, { recursive: true })
  })
  beforeEach(() => {
    receiver.behaviour = 204
    receiver.onMessage = receiver.onAnswer = undefined
  })
  afterEach(() => expect(receiver.unsigned).to.deep.equal([]))

  describe('from memory', () => {
    it('is acknowledged once the receiver has it, and no row and no log has anything of it', async () => {
      const call = randomUUID()
      expect(await deliver(call)).to.include({ status: 204 })
      const [message, ...others] = about(call)
      expect(others).to.deep.equal([])
      expect(message).to.include({ id: `${call}-memory`, path: '/calls?from=bot' })
      expect(message!.signedBy).to.deep.equal([NEW, OLD])
      expect(message!.data.records.map((record) => record.class)).to.deep.equal(['CallMetadata', 'CollectedFields'])
      expect(must(await stage.store.read(call))).to.deep.equal([])
      expect(await waiting()).to.equal(0)
      expect(stage.records.log()).to.not.include(CANARY)
    })

    it('never has a field that is not collected', async () => {
      const call = randomUUID()
      await deliver(call)
      const { content } = about(call)[0]!.data.records.find((record) => record.class === 'CollectedFields')!
      expect(content['fields']).to.deep.equal({ name: CANARY })
    })

    it('is sent again under the same id when the receiver fails or is busy, and not when it refuses', async () => {
      const call = randomUUID()
      receiver.behaviour = 500
      expect(await deliver(call)).to.include({ status: 503 })
      receiver.behaviour = { status: 429, headers: { 'retry-after': '7' } }
      const busy = await deliver(call)
      expect(busy.status).to.equal(503)
      expect(Number(busy.retryAfter)).to.be.at.least(7)
      receiver.behaviour = 200
      expect(await deliver(call)).to.include({ status: 204 })
      expect(about(call).map(({ id }) => id)).to.deep.equal(Array(3).fill(`${call}-memory`))
      receiver.behaviour = 410
      expect(await deliver(randomUUID())).to.include({ status: 422 })
    })

    it('is tried once when it is given up after 0 seconds, and never after 900', async () => {
      receiver.behaviour = 503
      expect(await deliver(randomUUID(), 'once')).to.include({ status: 422 })
      const late = randomUUID()
      receiver.behaviour = 204
      expect(await deliver(late, 'zero', Date.now() - 901_000)).to.include({ status: 422 })
      expect(about(late)).to.deep.equal([])
    })

    it('waits for a receiver that does not answer for 8 s', async () => {
      receiver.behaviour = 'no-answer'
      const from = performance.now()
      expect(await deliver(randomUUID())).to.include({ status: 503 })
      expect(performance.now() - from).to.be.within(7_000, 20_000)
    })

    it('follows no redirect, believes no other authority, goes to no link-local address, and shows no key that is not released', async () => {
      receiver.behaviour = { status: 302, headers: { location: `https://localhost:${receiver.port}/elsewhere` } }
      expect(await deliver(randomUUID())).to.include({ status: 503 })
      receiver.behaviour = 204
      const before = receiver.messages.length
      for (const policy of ['metadata', 'untrusted', 'unreleased'])
        expect(await deliver(randomUUID(), policy), policy).to.include({ status: 503 })
      expect(receiver.messages.map(({ path }) => path)).to.not.include('/elsewhere')
      expect(receiver.messages).to.have.length(before)
    })
  })

  describe('from the store', () => {
    it('comes once what is stored is durable, and is stored until its time', async () => {
      const call = randomUUID()
      expect(await store(call)).to.include({ status: 204 })
      await eventually(async () => expect(await waiting()).to.equal(0), 10)
      expect(about(call).map(({ id }) => id)).to.deep.equal([`${call}-store`])
      expect(must(await stage.store.read(call))).to.have.length(2)
      expect(await store(call), 'the pod missed the acknowledgement').to.include({ status: 204 })
      expect(await waiting(), 'it is not delivered again').to.equal(0)
    })

    it('is not delivered after its expiry, however long the receiver was away', async () => {
      receiver.behaviour = 500
      const call = randomUUID()
      const expiry = Date.now() + 4_000
      await store(call, 'month', 4)
      await eventually(() => expect(about(call)).to.have.length(1), 10)
      await new Promise((resolve) => setTimeout(resolve, expiry - Date.now()))
      receiver.behaviour = 204
      await eventually(async () => expect(await waiting()).to.equal(0), 30)
      expect(about(call).filter(({ at, as }) => at > expiry || as === 204)).to.deep.equal([])
    })

    it('is delivered once by two replicas', async () => {
      const other = await startRecords({ store: stage.program, authority, tenant: TENANT, roots, more })
      try {
        const calls = Array.from({ length: 30 }, () => randomUUID())
        for (const call of calls) await stored(call)
        await eventually(async () => expect(await waiting()).to.equal(0), 60)
        for (const call of calls) expect(about(call), call).to.have.length(1)
      } finally {
        await other.remove()
      }
    })

    it('survives a kill at each step: nothing is lost, and nothing comes under a new id', async () => {
      const acknowledged: string[] = []
      const killed = () => stage.records.kill().then(() => stage.records.start())
      const step = async (name: string, work: (call: string) => Promise<void>) => {
        const call = randomUUID()
        await work(call)
        await killed()
        await stored(call, name)
        acknowledged.push(call)
        receiver.behaviour = 204
        receiver.onMessage = receiver.onAnswer = undefined
      }
      const until = (arm: (done: () => void) => void) => new Promise<void>((resolve) => arm(resolve))
      await step('while it receives', (call) => {
        void store(call).catch(() => undefined)
        return Promise.resolve()
      })
      await step('while it connects', async (call) => {
        receiver.behaviour = 'no-tls'
        // A connection of before would be used again.
        await killed()
        const connected = until((done) => (receiver.onMessage = done))
        await store(call)
        await connected
      })
      await step('before the answer', async (call) => {
        receiver.behaviour = 'no-answer'
        const received = until((done) => (receiver.onMessage = done))
        await store(call)
        await received
      })
      await step('after the answer, before it is taken off the queue', async (call) => {
        const answered = until((done) => (receiver.onAnswer = done))
        await store(call)
        await answered
      })
      await eventually(async () => expect(await waiting()).to.equal(0), 90)
      for (const call of acknowledged) {
        expect(
          about(call).filter(({ as }) => as === 204),
          call,
        ).to.not.have.length(0)
        expect(new Set(about(call).map(({ id }) => id))).to.deep.equal(new Set([`${call}-store`]))
      }
    })

    it('is not on its way any more when a stricter policy has shortened its life', async () => {
      receiver.behaviour = 500
      const call = randomUUID()
      await store(call)
      await eventually(() => expect(about(call)).to.have.length(1), 10)
      const sweep = stage.stored.postgres.connect('callbot_sweep')
      await sweep.use((client) => client.query('UPDATE callbot.buckets SET shortened = 600'))
      receiver.behaviour = 204
      await eventually(async () => expect(await waiting()).to.equal(0), 30)
      expect(about(call).map(({ as }) => as)).to.not.include(204)
    })
  })
})
