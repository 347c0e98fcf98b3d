import { expect } from 'chai'
import type { Refusal } from '../../../../src/telephony/call.ts'
import { field } from '../../../../src/wire/sip/serialise.ts'
import { stage } from '../../../harness/sip-agents.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { nameOf, sdp, tagOf, valueOf } from '../../../harness/sip-network.ts'

describe('a user agent that takes no more calls', () => {
  const busy: Refusal = { status: 503, headers: [field('Retry-After', 10)] }

  it('turns a new call away at once and keeps nothing of it; the calls in progress go on', async () => {
    const s = stage('UDP')
    let isDraining = false
    await s.agent('bot', undefined, { admit: () => (isDraining ? busy : undefined) })
    const caller = new RawCaller(s.network)
    caller.invite()
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp() })
    await s.clock.pass(10)
    caller.ack()
    await s.clock.pass(10)
    const dialog = (await accepting)!
    dialog.handle({ onOffer: () => ({ body: sdp() }) })
    isDraining = true
    await s.clock.pass(40_000)
    const { pending } = s.clock

    const second = new RawCaller(s.network, 'second')
    second.callId = 'call-2'
    second.invite()
    await s.clock.pass(2)
    expect(nameOf(second.last!)).to.equal('503 INVITE')
    expect(valueOf(second.last, 'Retry-After')).to.equal('10')
    expect(s.clock.pending).to.equal(pending)
    second.invite()
    await s.clock.pass(2)
    expect(second.responses(503).map((one) => tagOf(one, 'to'))).to.have.length(2)
    expect(new Set(second.responses(503).map((one) => tagOf(one, 'to'))).size).to.equal(1)

    caller.say('INVITE', [caller.contact(), 'Content-Type: application/sdp', '', 'hold'])
    await s.clock.pass(10)
    expect(nameOf(caller.last!)).to.equal('200 INVITE')
  })

  it('says so to a probe too, when it drains; when it is only full it is there', async () => {
    const s = stage('UDP')
    await s.agent('bot', undefined, { admit: (method) => (method === 'INVITE' ? busy : undefined) })
    await s.agent('leaving', undefined, { admit: () => busy })
    const caller = new RawCaller(s.network)
    caller.send('bot', ...caller.request('OPTIONS'))
    caller.send('leaving', ...caller.request('OPTIONS'))
    await s.clock.pass(10)
    expect(caller.received.map((message) => nameOf(message))).to.deep.equal(['200 OPTIONS', '503 OPTIONS'])
    expect(valueOf(caller.responses(200)[0], 'Allow')).to.equal(
      'INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, NOTIFY',
    )
  })
})
