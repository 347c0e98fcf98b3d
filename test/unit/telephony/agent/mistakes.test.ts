import { expect } from 'chai'
import { field } from '../../../../src/wire/sip/serialise.ts'
import { stage } from '../../../harness/sip-agents.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { nameOf, sdp } from '../../../harness/sip-network.ts'

const EVIL = 'a\r\nEvil: yes'

describe('a mistake of the one who uses the agent', () => {
  it('in an answer refuses that call with 500, and the next is answered', async () => {
    const s = stage('UDP')
    let headers = [field('X', EVIL)]
    await s.agent('bot', async (call) => {
      const dialog = await call.accept({ body: sdp(), headers })
      dialog?.handle({ onOffer: () => ({ status: 488, headers: [field('Warning', EVIL)] }) })
    })
    const caller = new RawCaller(s.network)
    caller.invite()
    await s.clock.pass(10)
    expect(nameOf(caller.last!)).to.equal('500 INVITE')
    headers = []
    caller.callId = 'call-2'
    caller.invite([], { branch: 'z9hG4bKsecond' })
    await s.clock.pass(10)
    expect(nameOf(caller.last!)).to.equal('200 INVITE')
    // In a refusal of a change it costs that answer, not the process.
    caller.ack()
    caller.say('INVITE', [caller.contact(), 'Content-Type: application/sdp', '', 'x'])
    await s.clock.pass(10)
    caller.say('OPTIONS')
    await s.clock.pass(10)
    expect(nameOf(caller.last!)).to.equal('200 OPTIONS')
  })

  it('in a call that is placed is a refusal, 400; in a target of REFER 416', async () => {
    const s = stage('UDP')
    const agent = await s.agent('bot')
    const caller = new RawCaller(s.network)
    const hop = { transport: 'UDP' as const, host: 'caller', port: 5060 }
    const rest = { hop, from: '<sip:bot@bot>', body: sdp(), timeoutMs: 1_000 }
    for (const o of [{ uri: `sip:${EVIL}` }, { uri: 'sip:a@caller', from: EVIL }]) {
      expect(await agent.originate({ ...rest, ...o })).to.deep.include({ ok: false, because: 'refused', status: 400 })
    }
    caller.invite()
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp() })
    await s.clock.pass(10)
    caller.ack()
    await s.clock.pass(10)
    const dialog = (await accepting)!
    expect(await dialog.refer(`sip:${EVIL}`, { timeoutMs: 1 })).to.deep.equal({ status: 416 })
  })
})
