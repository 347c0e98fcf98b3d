// @seconds 24  @alone
import { expect } from 'chai'
import { createCaller, type Caller } from '../../../src/caller/caller.ts'
import type { TestCallResult } from '../../../src/caller/judge/result.ts'
import type { TestCall } from '../../../src/caller/test-call.ts'
import { silent } from '../../../src/runtime/log.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import type { NextHop } from '../../../src/telephony/call.ts'
import { createMedia } from '../../../src/telephony/media/media.ts'
import type { Media } from '../../../src/telephony/media/types.ts'
import { createUserAgent, type UserAgent } from '../../../src/telephony/user-agent.ts'
import { field } from '../../../src/wire/sip/serialise.ts'
import { createAuthority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { identityOf } from '../../harness/identity.ts'
import { startTelephone, type Manner, type Telephone } from '../../harness/telephone.ts'
import { tone } from '../../harness/tone.ts'
import { vowels } from '../../harness/vowels.ts'
import { patient } from '../../harness/patience.ts'

const [EDGE, POD] = ['callbot-edge.callbot-system.svc', 'town-hall.clinic.svc']
const frameOf = (sound: Int16Array) => (_: Int16Array, tick: number) => {
  const from = (tick * 160) % sound.length
  return sound.subarray(from, from + 160)
}
const echo = (frame: Int16Array) => frame
const NUMBERS: Record<string, Manner> = {
  '4000': { status: 200, ringsFor: 300, says: echo },
  '4001': { status: 200, says: echo, policy: { srtp: 'Required', codecs: ['PCMU'] } },
  '4002': { status: 200, says: frameOf(tone(425, 1)) },
  '4003': { status: 200, says: frameOf(vowels(4)) },
  '4004': { status: 200, says: () => undefined },
  '4005': { status: 200, isMute: true },
  '4006': { status: 200, says: echo, hangsUpAfter: 1_500 },
  '4007': { status: 486, ringsFor: 100 },
  '4008': { status: 503 },
  '4009': {},
  '4010': { status: 200, policy: { srtp: 'Disabled', codecs: ['PCMA'] } },
  '4011': { status: 200, says: echo, policy: { srtp: 'Disabled', codecs: ['PCMA'] } },
}

/** SIP over TLS and SRTP on this machine, both ends by our own stack. */
describe('a test call', function () {
  this.timeout(40_000)
  const authority = createAuthority('test CA')
  let telephone: Telephone
  let agent: UserAgent
  let media: Media
  let caller: Caller
  let hop: NextHop

  before(async () => {
    const identity = (name: string) => identityOf(authority, name)
    telephone = await startTelephone({
      identity: identity(EDGE),
      peers: [POD],
      firstMediaPort: 31_300,
      numbers: NUMBERS,
    })
    agent = await createUserAgent({
      ...{ host: '127.0.0.1', listen: {}, clock, log: silent, tls: { identity: identity(POD), peers: [EDGE] } },
      admit: () => ({ status: 603 }),
      onCall: (call) => call.refuse(603),
    })
    media = createMedia({ address: '127.0.0.1', ports: { from: 31_400, to: 31_459 }, clock, log: silent })
    caller = createCaller({ originate: (call) => agent.originate(call), media, clock, log: silent, most: 20 })
    hop = { transport: 'TLS', host: '127.0.0.1', port: telephone.port }
  })
  after(async () => {
    await agent.close(100)
    await media.close()
    await telephone.close()
  })

  const call = (number: string, change: Partial<TestCall> = {}, by = caller) =>
    by.call({
      ...{
        uri: `sip:${number}@desk.clinic.trunks`,
        from: '<sip:4999@callbots.invalid>',
        to: `<sip:${number}@callbots.invalid>`,
      },
      ...{
        headers: [],
        hops: [hop],
        expect: 'Echo',
        seed: number,
        maxSeconds: 20,
        signal: new AbortController().signal,
      },
      offers: [{ policy: { srtp: 'Required', codecs: ['PCMA', 'PCMU'] }, headers: [] }],
      ...change,
    })
  const isFree = () =>
    eventually(() => expect([media.sessions, caller.live, telephone.talking()]).to.deep.equal([0, 0, 0]))

  it('hears its tones again from who echoes them, by either G.711, and measures both ways', async () => {
    const results = await Promise.all([call('4000'), call('4001')])
    for (const [index, result] of results.entries()) {
      expect(result, JSON.stringify(result)).to.include({
        outcome: 'Passed',
        finding: 'AsExpected',
        status: null,
        edge: '127.0.0.1',
      })
      expect(result.echo).to.include({ sent: 10, returned: 10, others: 0 })
      // Two jitter buffers, each with a frame or two; and this machine may be busy with other tests.
      expect(result.echo!.medianMilliseconds).to.be.within(20, 400)
      const { media } = result
      expect(media).to.include({ codec: ['PCMA', 'PCMU'][index], rejected: 0 })
      expect(media!.srtp).to.be.a('string')
      expect(media!.received).to.be.within(media!.due - 15, media!.due + 15)
      expect(media!.sent).to.be.within(media!.sentDue - 15, media!.sentDue + 15)
      expect(result.answerMilliseconds! + 3_000).to.be.below(result.callMilliseconds)
    }
    expect(results[0]!.ringMilliseconds).to.be.below(patient(250))
    expect(results[0]!.answerMilliseconds).to.be.within(300, 800)
    expect(results[1]!.ringMilliseconds).to.equal(null)
    await isFree()
  })

  it('says what it found where that is no echo: each cause by its name, all at a time', async () => {
    const found = (result: TestCallResult) => [result.outcome, result.finding, result.status]
    const never = { maxSeconds: 5 }
    const results = await Promise.all([
      ...[call('4002'), call('4003'), call('4004'), call('4005'), call('4006')],
      ...[call('4007'), call('4008'), call('4009', never), call('4010'), call('4099')],
    ])
    expect(results.map(found)).to.deep.equal([
      ['Failed', 'OtherSound', null],
      ['Failed', 'OtherSound', null],
      ['Failed', 'Silent', null],
      ['Failed', 'NoMedia', null],
      ['Failed', 'HungUp', null],
      ['Failed', 'Refused', 486],
      ['Failed', 'Refused', 503],
      ['Failed', 'Unanswered', null],
      ['Failed', 'NoCommonMedia', 488],
      ['Failed', 'Refused', 404],
    ])
    expect(results[3]!.media).to.include({ received: 0, due: 0, firstAfterMilliseconds: null })
    expect(results[5]!.ringMilliseconds).to.be.a('number')
    expect(results[7]!.callMilliseconds).to.be.within(4_900, 5_500)
    expect(results[7]!.media).to.equal(null)
    await eventually(() => expect(telephone.cancelled).to.include('4009'))
    await isFree()
  })

  it('finds a tone, or just an answer, where that is expected', async () => {
    const [tone, none, answer] = await Promise.all([
      call('4002', { expect: 'Tone' }),
      call('4003', { expect: 'Tone', maxSeconds: 5 }),
      call('4003', { expect: 'Answer' }),
    ])
    expect(tone).to.include({ outcome: 'Passed', echo: null })
    expect(tone!.tone!.hertz).to.be.within(420, 430)
    expect(none).to.include({ outcome: 'Failed', finding: 'NoTone' })
    expect(answer).to.include({ outcome: 'Passed', tone: null, echo: null })
    expect(answer!.media!.received).to.be.within(90, 110)
    await isFree()
  })

  it('lasts no longer than it may, and is called off at any time', async () => {
    const off = (ms: number) => AbortSignal.timeout(ms)
    const [short, ringing, talking, never] = await Promise.all([
      call('4004', { maxSeconds: 2 }),
      call('4009', { signal: off(300) }),
      call('4001', { signal: off(1_000) }),
      call('4001', { signal: AbortSignal.abort() }),
    ])
    expect(short).to.include({ finding: 'TimeUp' })
    expect(short!.callMilliseconds).to.be.within(1_950, 2_400)
    for (const result of [ringing, talking, never])
      expect(result).to.include({ outcome: 'CalledOff', finding: 'CalledOff' })
    expect(talking!.media!.received).to.be.greaterThan(20)
    await isFree()
  })

  it('is placed by the next edge when one is not there, and says which it was', async () => {
    const gone: NextHop = { ...hop, host: '127.0.0.2', port: 9 }
    const result = await call('4001', { hops: [gone, hop], expect: 'Answer' })
    expect(result).to.include({ outcome: 'Passed', edge: '127.0.0.1' })
    expect(await call('4001', { hops: [gone] })).to.include({ finding: 'NoEdge', edge: '127.0.0.2' })
    expect(await call('4001', { hops: [] })).to.include({ finding: 'NoEdge', edge: null })
  })

  it('is offered with SRTP first, and otherwise only where it may, with header fields for each', async () => {
    const offers = (['Required', 'Disabled'] as const).map((srtp) => ({
      policy: { srtp, codecs: ['PCMA' as const] },
      headers: [field('X-Callbot-Media', srtp)],
    }))
    const from = telephone.invites.length
    const result = await call('4011', { offers, headers: [field('X-Callbot-Test', 'a-1')], expect: 'Answer' })
    expect(result.media).to.include({ srtp: null })
    expect(result).to.include({ outcome: 'Passed' })
    const sent = telephone.invites.slice(from)
    expect(sent.map((invite) => invite['X-Callbot-Media'])).to.deep.equal(['Required', 'Disabled'])
    for (const invite of sent) expect(invite).to.include({ 'X-Callbot-Test': 'a-1', To: '<sip:4011@callbots.invalid>' })
  })

  it('is refused beyond as many as may be at a time, and without a port', async () => {
    const few = createMedia({ address: '127.0.0.1', ports: { from: 31_460, to: 31_461 }, clock, log: silent })
    const narrow = createCaller({ originate: (one) => agent.originate(one), media: few, clock, log: silent, most: 2 })
    const results = await Promise.all(
      ['4001', '4001', '4001'].map((number) => call(number, { expect: 'Answer' }, narrow)),
    )
    expect(results.map(({ finding }) => finding)).to.deep.equal(['AsExpected', 'NoPort', 'TooMany'])
    await few.close()
  })

  it('has a result even where our own code fails', async () => {
    const broken = createCaller({
      originate: () => Promise.reject(new Error('a bug')),
      media,
      clock,
      log: silent,
      most: 1,
    })
    expect(await call('4001', {}, broken)).to.include({ outcome: 'Failed', finding: 'Bug' })
    expect(broken.live).to.equal(0)
    await isFree()
  })
})
