import { expect } from 'chai'
import { TransactionLayer } from '../../../../src/telephony/transaction/transaction-layer.ts'
import { stage } from '../../../harness/sip-agents.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'
import { RawCallee } from '../../../harness/sip-callee.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { SipNetwork, sdp } from '../../../harness/sip-network.ts'
import type { TransportName } from '../../../../src/telephony/call.ts'
import type { SipRequest } from '../../../../src/wire/sip/message.ts'
import { field } from '../../../../src/wire/sip/serialise.ts'
import { understandResponse } from '../../../../src/wire/sip/parse-headers.ts'

const request = (method: string): SipRequest => ({
  kind: 'request',
  method,
  uri: 'sip:callee',
  headers: [
    field('From', '<sip:bot@bot>;tag=ours'),
    field('To', '<sip:callee>'),
    field('Call-ID', 'x'),
    field('CSeq', `1 ${method}`),
  ],
  body: Buffer.alloc(0),
  charset: 'utf8',
})

describe('client transactions', () => {
  const open = (transport: TransportName) => {
    const clock = new FakeClock()
    const network = new SipNetwork(clock, transport)
    const layer = new TransactionLayer({ clock, host: 'bot' })
    network.attach('bot', (message) => {
      if (message.kind !== 'response') return
      const understood = understandResponse(message)
      if (!('kind' in understood)) layer.receive(understood)
    })
    const callee = new RawCallee(network)
    const heard: (number | string)[] = []
    const handlers = {
      onResponse: ({ response }: { response: { status: number } }) => void heard.push(response.status),
      onFail: (because: string) => void heard.push(because),
    }
    return { clock, network, layer, callee, heard, handlers, flow: network.flow('bot', 'callee') }
  }

  it('other than INVITE: over a stream nothing is sent twice, and silence is over after 32 s (timer F)', async () => {
    const { clock, network, layer, heard, handlers, flow } = open('TCP')
    layer.request(flow, { request: request('OPTIONS'), ...handlers })
    await clock.pass(31_999)
    expect(network.times('bot>callee OPTIONS')).to.deep.equal([0])
    expect(heard).to.deep.equal([])
    await clock.pass(2)
    expect(heard).to.deep.equal(['timeout'])
    expect([layer.size, clock.pending]).to.deep.equal([0, 0])
  })

  it('other than INVITE: after a provisional answer it is sent every T2 (17.1.2.2)', async () => {
    const { clock, network, layer, callee, handlers, flow } = open('UDP')
    callee.on('OPTIONS', (it) => callee.requests('OPTIONS').length === 1 && callee.answer(it, 100))
    layer.request(flow, { request: request('OPTIONS'), ...handlers })
    await clock.pass(13_000)
    expect(network.times('bot>callee OPTIONS')).to.deep.equal([0, 500, 4_500, 8_500, 12_500])
  })

  it('other than INVITE: the final response is reported once, and its retransmissions are absorbed for T4 (timer K)', async () => {
    const { clock, layer, callee, heard, handlers, flow } = open('UDP')
    layer.request(flow, { request: request('OPTIONS'), ...handlers })
    await clock.pass(10)
    const [it] = callee.requests('OPTIONS')
    callee.answer(it!, 200)
    callee.answer(it!, 200)
    await clock.pass(4_900)
    expect([heard, layer.size]).to.deep.equal([[200], 1])
    await clock.pass(200)
    expect([heard, layer.size, clock.pending]).to.deep.equal([[200], 0, 0])
  })

  it('end at once when their connection breaks', async () => {
    const { clock, network, layer, heard, handlers, flow } = open('TCP')
    layer.request(flow, { request: request('OPTIONS'), ...handlers })
    layer.invite(flow, { request: request('INVITE'), ...handlers })
    await clock.pass(100)
    network.cut('bot', 'callee')
    expect(heard).to.deep.equal(['transport', 'transport'])
    expect([layer.size, clock.pending]).to.deep.equal([0, 0])
  })

  it('INVITE: every 2xx is reported for 32 s, then no more (timer M, RFC 6026 7.2)', async () => {
    const { clock, layer, callee, heard, handlers, flow } = open('UDP')
    layer.invite(flow, { request: request('INVITE'), ...handlers })
    await clock.pass(10)
    const [it] = callee.requests('INVITE')
    callee.answer(it!, 200, [], 'one')
    await clock.pass(31_900)
    callee.answer(it!, 200, [], 'two')
    await clock.pass(50)
    expect(heard).to.deep.equal([200, 200])
    await clock.pass(200)
    callee.answer(it!, 200, [], 'three')
    await clock.pass(50)
    expect([heard, layer.size]).to.deep.equal([[200, 200], 0])
  })

  it('take no answer whose branch is not theirs (17.1.3)', async () => {
    const { clock, layer, callee, heard, handlers, flow } = open('UDP')
    layer.request(flow, { request: request('OPTIONS'), ...handlers })
    await clock.pass(10)
    const [it] = callee.requests('OPTIONS')
    const forged = it!.headers.map((one) => (one.id === 'via' ? { ...one, value: `${one.value}0` } : one))
    callee.answer(
      { ...it!, headers: forged.map((one) => ({ ...one, value: one.value.replace('z9hG4bK', 'z9hG4bK0') })) },
      200,
    )
    await clock.pass(10)
    expect(heard).to.deep.equal([])
  })
})

describe('server transactions', () => {
  it('INVITE refused: over a stream the refusal goes out once; the ACK ends it at once (timer I)', async () => {
    const s = stage('TCP')
    await s.agent('bot')
    const caller = new RawCaller(s.network)
    caller.invite()
    await s.clock.pass(10)
    s.calls[0]!.refuse(486)
    await s.clock.pass(5_000)
    expect(s.network.times('bot>caller 486 INVITE')).to.have.length(1)
    caller.heed()
    caller.say('ACK', [], { branch: 'z9hG4bKinvite', number: 1 })
    await s.clock.pass(10)
    expect(s.clock.pending).to.equal(1)
  })

  it('INVITE refused: over UDP ACKs are absorbed for T4 (timer I)', async () => {
    const s = stage('UDP')
    await s.agent('bot')
    const caller = new RawCaller(s.network)
    caller.invite()
    await s.clock.pass(10)
    s.calls[0]!.refuse(486)
    await s.clock.pass(10)
    caller.heed()
    caller.say('ACK', [], { branch: 'z9hG4bKinvite', number: 1 })
    await s.clock.pass(4_900)
    expect(s.clock.pending).to.equal(2)
    await s.clock.pass(200)
    expect(s.clock.pending).to.equal(1)
  })

  it('INVITE answered: the same INVITE is absorbed for 32 s, and is no new call (timer L, RFC 6026 7.1)', async () => {
    const s = stage('UDP')
    await s.agent('bot')
    const caller = new RawCaller(s.network)
    caller.invite()
    await s.clock.pass(10)
    void s.calls[0]!.accept({ body: sdp() })
    await s.clock.pass(10)
    caller.ack()
    caller.toTag = undefined
    await s.clock.pass(31_000)
    caller.invite()
    await s.clock.pass(10)
    expect([s.calls.length, caller.responses(200).length]).to.deep.equal([1, 1])
    await s.clock.pass(2_000)
    expect(s.clock.pending).to.equal(1)
  })

  it('other than INVITE: the same request within 32 s gets the same answer, over UDP (timer J)', async () => {
    const s = stage('UDP')
    await s.agent('bot')
    const caller = new RawCaller(s.network)
    caller.invite()
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp() })
    await s.clock.pass(10)
    caller.ack()
    await s.clock.pass(10)
    const infos: string[] = []
    ;(await accepting)!.handle({ onInfo: () => infos.push('heard') > 0 })
    const info = caller.request('INFO', ['Content-Type: application/dtmf-relay', '', 'Signal=1'])
    for (const pause of [100, 30_000, 2_100]) {
      caller.send('bot', ...info)
      await s.clock.pass(pause)
    }
    expect([infos.length, s.network.times('bot>caller 200 INFO').length]).to.deep.equal([1, 3])
  })

  it('serve a caller of RFC 2543, whose Via has no branch', async () => {
    const s = stage('UDP')
    await s.agent('bot')
    const caller = new RawCaller(s.network)
    const old = (method: string) =>
      caller.request(method, [caller.contact()], { number: 1 }).map((line) => line.replace(/;branch=[^;]+/, ''))
    caller.send('bot', ...old('INVITE'))
    caller.send('bot', ...old('INVITE'))
    await s.clock.pass(10)
    expect(s.calls).to.have.length(1)
    s.calls[0]!.refuse(486)
    await s.clock.pass(10)
    caller.heed()
    caller.send('bot', ...old('ACK'))
    await s.clock.pass(1_000)
    expect(caller.responses(486)).to.have.length(1)
  })
})
