import { expect } from 'chai'
import type { BotConfiguration } from '../../../../src/api/bot-configuration.ts'
import type { Page } from '../../../../src/listeners/page-server.ts'
import { systemClock } from '../../../../src/runtime/system-clock.ts'
import { silent } from '../../../../src/runtime/log.ts'
import type { NextHop } from '../../../../src/telephony/call.ts'
import { createMedia } from '../../../../src/telephony/media/media.ts'
import type { Media } from '../../../../src/telephony/media/types.ts'
import { createTestCalls, type TestCalls } from '../../../../src/voice/pod/test-calls.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCallee } from '../../../harness/sip-callee.ts'
import { valueOf } from '../../../harness/sip-network.ts'

const hop = (host: string): NextHop => ({ transport: 'TCP', host, port: 5060 })
const ORDER = { integration: 'desk', to: '4000', expect: 'Echo', maxSeconds: 30, seed: 'a' }

/** SIP on a network in memory, with a clock of its own; media by real sockets. The edge lets every call ring. */
describe('test calls by order', () => {
  let s: Stage
  let media: Media
  let edge: RawCallee
  let testCalls: TestCalls
  let found: string[]
  const calls = { live: 0, places: 20, isLeaving: false }

  beforeEach(async () => {
    s = stage('TCP')
    media = createMedia({ address: '127.0.0.1', ports: { from: 31_220, to: 31_239 }, clock: systemClock, log: silent })
    edge = new RawCallee(s.network, 'edge-a')
    edge.on('INVITE', (invite) => edge.answer(invite, 180))
    edge.on('CANCEL', (cancel) => {
      edge.answer(cancel, 200)
      const invite = edge.requests('INVITE').find((one) => valueOf(one, 'call-id') === valueOf(cancel, 'call-id'))!
      edge.answer(invite, 487)
    })
    found = []
    Object.assign(calls, { live: 0, places: 20, isLeaving: false })
    const agent = await s.agent('bot')
    const sip = { media: ['Required'], transferMethods: ['Bridge'], handOver: [], callerNumber: 'Caller' }
    testCalls = createTestCalls({
      ...{ namespace: 'clinic', media, calls, clock: s.clock, log: silent },
      originate: (call) => agent.originate(call),
      bot: {
        media: { codecs: ['PCMA'] },
        integrations: [{ name: 'desk', sip }, { name: 'web' }],
      } as unknown as BotConfiguration,
      edges: { hops: () => [hop('edge-a')] },
      metrics: { testCall: (finding) => void found.push(finding) },
    })
  })
  afterEach(async () => {
    const left = testCalls.leave()
    await until(() => testCalls.live === 0)
    await left
    await media.close()
  })

  /** Lets time go by in small steps, since sockets take time of their own. */
  const until = async (isSo: () => boolean, seconds = 60) => {
    for (let step = 0; step < seconds * 20 && !isSo(); step++) await s.clock.pass(50)
    expect(isSo()).to.equal(true)
  }
  const put = (id: string, change: object = {}) => testCalls.answer('PUT', id, JSON.stringify({ ...ORDER, ...change }))
  const get = (id: string) => testCalls.answer('GET', id, undefined)
  const state = ({ text }: Page) => (JSON.parse(text) as { state: string }).state
  const finding = (id: string) => (JSON.parse(get(id).text) as { result?: { finding: string } }).result?.finding
  const invites = () => edge.requests('INVITE')

  it('are placed once for each id, however often it is ordered, and the result is read later', async () => {
    const first = put('a')
    expect([first.status, state(first)]).to.deep.equal([202, 'Running'])
    await until(() => invites().length === 1)
    expect([put('a').status, state(get('a'))]).to.deep.equal([200, 'Running'])
    await until(() => state(get('a')) === 'Done')
    expect(finding('a')).to.equal('Unanswered')
    expect([put('a').status, state(put('a'))]).to.deep.equal([200, 'Done'])
    expect(invites()).to.have.length(1)
    expect(found).to.deep.equal(['Unanswered'])
  })

  it('are not taken under an id that stands for another one', () => {
    put('a')
    expect(put('a', { to: '4001' }).status).to.equal(409)
  })

  it('are forgotten five minutes after their end, and an unknown one is not found', async () => {
    put('a')
    await until(() => state(get('a')) === 'Done')
    await s.clock.pass(299_000)
    expect(get('a').status).to.equal(200)
    await s.clock.pass(2_000)
    expect([get('a').status, testCalls.answer('DELETE', 'a', undefined).status]).to.deep.equal([404, 404])
  })

  it("go by the bot's own trunks as an edge knows them, with the headers of the order and what the voice is", async () => {
    put('a', { from: '+33199000077', headers: { 'X-Callbot-Test': 'a-1' } })
    put('b')
    await until(() => invites().length === 2)
    const [named, anonymous] = invites()
    expect(named!.uri).to.equal('sip:4000@desk.clinic.trunks')
    expect(valueOf(named!, 'From')).to.match(/^<sip:\+33199000077@callbots.invalid>;tag=/)
    expect([valueOf(named!, 'X-Callbot-Test'), valueOf(named!, 'X-Callbot-Media')]).to.deep.equal(['a-1', 'Secure'])
    expect(valueOf(anonymous!, 'From')).to.match(/^"Anonymous" <sip:anonymous@anonymous.invalid>;tag=/)
    expect(valueOf(anonymous!, 'Privacy')).to.equal('id')
  })

  it('go by no Integration that is not its own, has no trunks, or by an edge that was not heard', () => {
    expect([put('a', { integration: 'other' }).status, put('b', { integration: 'web' }).status]).to.deep.equal([
      422, 422,
    ])
    expect(put('c', { edge: 'edge-b' })).to.include({
      status: 503,
      text: 'the pod has not heard the edge edge-b lately\n',
    })
    expect(put('d', { edge: 'edge-a' }).status).to.equal(202)
  })

  it('are none where the order can not be read', () => {
    for (const body of ['', '{', '{}', JSON.stringify({ ...ORDER, to: 'sip:a@b' })])
      expect(testCalls.answer('PUT', 'a', body).status).to.equal(400)
    expect(testCalls.live).to.equal(0)
  })

  it('begin only where a quarter of the places, and one at least, stay free; four at a time', () => {
    calls.live = 15
    expect(put('a').status).to.equal(503)
    calls.live = 14
    expect(put('b').status).to.equal(202)
    expect(put('c')).to.deep.include({ status: 503, headers: { 'retry-after': '1' } })
    calls.live = 0
    expect(['d', 'e', 'f', 'g'].map((id) => put(id).status)).to.deep.equal([202, 202, 202, 503])
    Object.assign(calls, { places: 1 })
    expect(put('h').status).to.equal(503)
  })

  it('leave when callers need their places, the last one first, and the callers never wait', async () => {
    for (const id of ['a', 'b']) put(id)
    await until(() => invites().length === 2)
    calls.live = 18
    testCalls.makeRoom()
    await s.clock.pass(200)
    expect([state(get('a')), state(get('b'))]).to.deep.equal(['Running', 'Running'])
    calls.live = 19
    testCalls.makeRoom()
    await until(() => state(get('b')) === 'Done')
    expect([state(get('a')), finding('b')]).to.deep.equal(['Running', 'CalledOff'])
  })

  it('are called off by order', async () => {
    put('a')
    await until(() => invites().length === 1)
    expect(testCalls.answer('DELETE', 'a', undefined).status).to.equal(202)
    await until(() => state(get('a')) === 'Done')
    expect(finding('a')).to.equal('CalledOff')
    await until(() => edge.requests('CANCEL').length === 1)
  })

  it('end when the pod drains, and no other begins', async () => {
    put('a')
    await until(() => invites().length === 1)
    calls.isLeaving = true
    let hasLeft = false
    void testCalls.leave().then(() => (hasLeft = true))
    expect(put('b').status).to.equal(503)
    await until(() => hasLeft)
    expect(found).to.deep.equal(['CalledOff'])
  })

  it('are as many as can be remembered, and no more', async () => {
    edge.on('INVITE', (invite) => edge.answer(invite, 486))
    let taken = 0
    for (; taken < 250 && put(`${taken}`).status === 202; taken++) await until(() => testCalls.live === 0)
    expect(taken).to.equal(200)
    expect(put('more').text).to.equal('200 orders are remembered: try again in some minutes\n')
  })
})
