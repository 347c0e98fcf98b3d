// @seconds 36
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flowSchema } from '../../../src/api/flow.ts'
import { nonceOf } from '../../../src/rules/drill/order.ts'
import { eventually } from '../../harness/eventually.ts'
import { createLaneDriller, DRILL, type LaneDriller } from '../../harness/lane-driller.ts'
import { createLoopbackCaller, type LoopbackCaller } from '../../harness/loopback-caller.ts'
import { aWebService } from '../../harness/operations.ts'
import { sampleBot } from '../../harness/pod-folder.ts'
import { EDGE, NAME, OPERATOR, startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { type SpeechStandIn, startSpeechStandIn } from '../../harness/speech-stand-in.ts'
import { startWebService, type WebService } from '../../harness/web-service.ts'
import { patient } from '../../harness/patience.ts'

/** A lease, and a look by a busy machine. */
const GONE_MS = 4_000
const dialog = flowSchema.parse({
  steps: [
    { name: 'book', request: { integration: 'cabinet', operation: 'book' }, next: 'end' },
    { name: 'end', hangUp: {} },
  ],
})

/** A bot pod as a process of its own, its operator by mutual TLS, web services by real sockets, and calls by real SIP. */
describe('a drill of a web service, in a bot pod', function () {
  this.timeout(60_000)
  let folder: string
  let speech: SpeechStandIn
  let paris: WebService
  let lyon: WebService
  let pod: VoicePod
  let caller: LoopbackCaller
  let driller: LaneDriller

  const http = () =>
    aWebService({
      endpoints: [
        { name: 'paris', role: 'Primary', url: paris.url, transport: 'Plain' },
        { name: 'lyon', role: 'Backup', url: lyon.url, transport: 'Plain' },
      ],
      operations: [
        { name: 'slots', method: 'GET', path: '/slots', idempotency: 'Idempotent', timeoutMilliseconds: 1_500 },
        { name: 'book', method: 'POST', path: '/book', timeoutMilliseconds: 1_500 },
        {
          name: 'file',
          method: 'GET',
          path: '/files/{file}',
          idempotency: 'Idempotent',
          input: [{ name: 'file', in: 'Path' }],
        },
      ],
      probe: { path: '/health', intervalSeconds: 1, timeoutMilliseconds: 1_000 },
    })

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-lane-'))
    ;[paris, lyon, speech] = await Promise.all([startWebService(), startWebService(), startSpeechStandIn()])
    const { provider } = speech
    pod = await startVoicePod({
      folder: join(folder, 'pod'),
      bot: sampleBot({
        ...{ dialog, integrations: [{ name: 'cabinet', http: http() }] },
        speech: { asr: [provider], tts: [provider], vocabulary: [] },
      }),
    })
    driller = createLaneDriller(pod.healthPort, pod.authority.issue([OPERATOR]))
    caller = await createLoopbackCaller({ ca: pod.authority.cert, ...pod.authority.issue([EDGE]) })
  })
  after(async () => {
    await caller?.close()
    await pod?.kill()
    await Promise.all([paris?.close(), lyon?.close(), speech?.close()])
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    driller.stop()
    await driller.order({ ttlMilliseconds: 0 })
    await eventually(async () => expect(await driller.lane()).to.equal(undefined), 5)
    for (const service of [paris, lyon]) {
      await service.fall('answers')
      service.received.length = 0
    }
  })

  const laneIs = (...states: string[]) => eventually(async () => expect(await driller.lane()).to.deep.equal(states), 8)
  const marked = ({ received }: WebService) => received.filter(({ headers }) => headers['x-callbot-test'] === DRILL)
  const realState = async () => {
    const { http: said } = (await driller.state()) as unknown as { http: { endpoint: string; state: string }[] }
    return said.map(({ endpoint, state }) => `${endpoint} ${state}`)
  }
  /** A caller whose dialog books at once. */
  const call = async () => {
    const line = await caller.call({ port: pod.sipsPort, servername: NAME })
    if (typeof line === 'number') throw new Error(`refused with ${line}`)
    expect(await line.ended).to.equal('remote')
  }

  for (const fault of ['Blackhole', 'Refuse', 'Disconnect'] as const)
    it(`sees ${fault} in its lane alone: test requests use the backup, and callers meanwhile the primary`, async () => {
      await driller.hold()
      await laneIs('paris Up', 'lyon Up')
      expect(await driller.request()).to.include({
        outcome: 'Passed',
        finding: 'AsExpected',
        endpoint: 'paris',
        status: 200,
      })
      await driller.hold({ fault })
      // A request that left just before the order may still arrive.
      await new Promise((resolve) => setTimeout(resolve, 100))
      const [before, connections] = [marked(paris).length, paris.connections]
      expect(await driller.request()).to.include({ outcome: 'Passed', endpoint: 'lyon', status: 200 })
      await laneIs('paris Down', 'lyon Up')
      expect(await driller.request()).to.include({ outcome: 'Passed', endpoint: 'lyon' })
      await call()
      expect(paris.received.filter(({ url }) => url === '/v1/book')).to.have.length(1)
      await eventually(async () => expect(await realState()).to.deep.equal(['paris Up', 'lyon Up']))
      expect(marked(paris), 'nothing of the drill reaches the primary').to.have.length(before)
      // The dialog's own request must not be repeated: its connection is its own.
      expect(paris.connections - connections).to.be.at.most(2)
      expect(marked(lyon).filter(({ url }) => url === '/v1/slots')).to.have.length(2)
      await driller.hold()
      await laneIs('paris Up', 'lyon Up')
      expect(await driller.request()).to.include({ endpoint: 'paris' })
    })

  it('fails in the lane when the backup is dead, and callers do not notice', async () => {
    await driller.hold({ fault: 'Disconnect' })
    await lyon.fall('refuses')
    expect(await driller.request()).to.include({
      outcome: 'Failed',
      finding: 'Unanswered',
      endpoint: null,
      status: null,
    })
    await call()
    expect(paris.received.map(({ url }) => url)).to.deep.equal(['/v1/book'])
  })

  it('calls a definite no of the web service a failure, and keeps nothing of what it answered', async () => {
    await driller.hold()
    paris.answer = () => ({ status: 404, body: '{"patient":"Madame Durand"}' })
    const result = await driller.request()
    paris.answer = () => ({ status: 200, body: '{}' })
    expect(result).to.include({ outcome: 'Failed', finding: 'Refused', endpoint: 'paris', status: 404 })
    expect(Object.keys(result).sort()).to.deep.equal(['endpoint', 'finding', 'milliseconds', 'outcome', 'status'])
    expect(pod.log()).not.to.include('Durand')
  })

  it('ends by itself within 3 s when nobody orders it again, and its probes with it', async () => {
    await driller.hold({ fault: 'Blackhole' })
    await laneIs('paris Down', 'lyon Up')
    await driller.order({ fault: 'Blackhole' })
    const from = performance.now()
    driller.stop()
    await eventually(async () => expect(await driller.lane()).to.equal(undefined), 5)
    expect(performance.now() - from).to.be.below(patient(GONE_MS))
    expect(await driller.request()).to.include({ outcome: 'Failed', finding: 'NoLease' })
    const [first, second] = [paris, lyon].map(({ probes }) => probes)
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    // Those of the pod itself go on: one a second at each.
    expect(paris.probes - first!).to.be.within(1, 4)
    expect(lyon.probes - second!).to.be.within(1, 4)
  })

  it('refuses an old nonce, one of another run, a lower term, and the lane that another drill has', async () => {
    const { nonce } = await driller.state()
    await driller.hold({ term: 5 })
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const because = async (change: object) => {
      const { status, because: text } = await driller.order(change)
      expect(status).to.equal(409)
      return text
    }
    expect(await because({ term: 5, nonce: nonce! })).to.match(/^the nonce is not from an answer of the last second/)
    expect(await because({ term: 5, nonce: nonceOf('f'.repeat(16), 1) })).to.match(/^the nonce is not from/)
    expect(await because({ term: 4 })).to.equal('term 4 is over, this pod knows 5: another operator leads')
    expect(await because({ term: 5, drill: 'another' })).to.match(/^the drill c0ffee.* has the lane/)
    expect(await because({ term: 5, drill: 'another', integration: 'other/cabinet' })).to.match(/has no web service of/)
    driller.stop()
    await driller.order({ term: 5, ttlMilliseconds: 0 })
    expect(await because({ term: 4 })).to.match(/^term 4 is over/)
  })

  it('takes no order of a stranger, of another bot or of an edge, and none that is none', async () => {
    const { nonce } = await driller.state()
    const body = { integration: 'clinic/cabinet', drill: DRILL, term: 9, nonce, ttlMilliseconds: 3_000 }
    const order = { ...body, fault: 'Blackhole', side: 'Primary' }
    for (const name of ['reception.clinic.svc', EDGE])
      for (const path of ['/drill', '/test-requests/x'])
        expect((await driller.ask('PUT', path, order, pod.authority.issue([name]))).status, name).to.equal(403)
    expect((await driller.ask('PUT', '/drill', order, 'nobody')).status).to.equal(403)
    expect((await driller.ask('PUT', '/drill', { ...order, fault: 'Fire' })).status).to.equal(400)
    expect((await driller.ask('PUT', '/drill', { ...order, more: 'x'.repeat(5_000) })).status).to.equal(413)
    expect((await driller.ask('DELETE', '/drill')).status).to.equal(405)
    expect(await driller.lane()).to.equal(undefined)
  })

  it('sends no test request by an operation that must not be repeated or needs something of a caller', async () => {
    await driller.hold({ term: 9 })
    for (const operation of ['book', 'file', 'nothing'])
      expect(await driller.request({ operation }).catch(String)).to.match(/^Error: 422 (operation|the bot)/)
    expect([...paris.received, ...lyon.received]).to.deep.equal([])
  })
})
