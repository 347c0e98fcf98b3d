import { expect } from 'chai'
import type { OriginateResult } from '../../../../src/telephony/call.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCallee, withSdp } from '../../../harness/sip-callee.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { sdp, valueOf } from '../../../harness/sip-network.ts'

const LATE_MS = 10_000

for (const transport of ['UDP', 'TCP'] as const)
  describe(`an INVITE over ${transport} that a proxy gives up with 408, and whose answer comes after that,`, () => {
    let s: Stage
    beforeEach(() => (s = stage(transport)))

    it('is acknowledged within a call, which goes on: who answers would hang up without an ACK (RFC 3261 13.3.1.4)', async () => {
      await s.agent('bot')
      const caller = new RawCaller(s.network)
      caller.invite()
      await s.clock.pass(10)
      const accepting = s.calls[0]!.accept({ body: sdp('ours') })
      await s.clock.pass(10)
      caller.ack()
      await s.clock.pass(10)
      const dialog = (await accepting)!
      caller.onMessage = (message) => {
        if (message.kind === 'request' && message.method === 'INVITE') caller.answer(message, 408)
      }
      const modifying = dialog.modify(sdp('our new offer'))
      await s.clock.pass(LATE_MS)
      expect(await modifying).to.include({ ok: false, status: 408 })
      const [invite] = caller.requests('INVITE')
      const acknowledged = caller.requests('ACK').length
      const answer = () => caller.answer(invite!, 200, ['Content-Type: application/sdp', '', 'their answer'])
      answer()
      await s.clock.pass(500)
      answer()
      await s.clock.pass(500)
      const acks = caller.requests('ACK').slice(acknowledged)
      expect(acks.map((ack) => valueOf(ack, 'CSeq'))).to.deep.equal(['1 ACK', '1 ACK'])
      expect(dialog.isEnded).to.equal(false)
    })

    it('is acknowledged and hung up when it began a call: the next route may ring by then', async () => {
      const agent = await s.agent('bot')
      const callee = new RawCallee(s.network)
      callee.on('INVITE', (invite) => callee.answer(invite, 408))
      callee.on('BYE', (bye) => callee.answer(bye, 200))
      const hop = { transport, host: 'callee', port: 5060 }
      let placed: OriginateResult | undefined
      const place = { uri: 'sip:desk@callee', from: '<sip:bot@bot>', hop, body: sdp('ours'), timeoutMs: 60_000 }
      void agent.originate(place).then((it) => (placed = it))
      await s.clock.pass(LATE_MS)
      expect(placed).to.include({ ok: false, status: 408 })
      callee.answer(callee.requests('INVITE')[0]!, 200, withSdp())
      await s.clock.pass(100)
      expect(s.network.log.slice(-3)).to.deep.equal(['bot>callee ACK', 'bot>callee BYE', 'callee>bot 200 BYE'])
      expect(agent.dialogs()).to.equal(0)
    })
  })
