import { expect } from 'chai'
import fc from 'fast-check'
import type { Dialog, OriginateResult } from '../../../../src/telephony/call.ts'
import { stage } from '../../../harness/sip-agents.ts'
import { sdp } from '../../../harness/sip-network.ts'

// Two agents of ours on a network that loses, delays and doubles messages, and cuts connections: whatever happens, both agree in the end.

const action = fc.constantFrom('bye', 'modify', 'info', 'their bye', 'their modify', 'cut', 'wait')

describe('two ends of a call on a bad network', () => {
  const play = async (
    transport: 'UDP' | 'TCP',
    losses: boolean[],
    latencyMs: number,
    actions: string[],
    gives: number,
  ) => {
    const s = stage(transport)
    const theirs: Dialog[] = []
    const offers = { onOffer: () => ({ body: sdp('answer') }), onInfo: () => true }
    const callee = await s.agent('callee', async (call) => {
      call.ring(183, { body: sdp() })
      const dialog = await call.accept({ body: sdp() })
      if (dialog === undefined) return
      dialog.handle(offers)
      theirs.push(dialog)
    })
    const caller = await s.agent('caller')
    s.network.latencyMs = latencyMs
    let sent = 0
    s.network.lose = () => losses[sent++ % losses.length] ?? false
    let placed: OriginateResult | undefined
    void caller
      .originate({
        uri: 'sip:bot@callee',
        hop: { transport, host: 'callee', port: 5060 },
        from: '<sip:caller@caller>',
        body: sdp(),
        timeoutMs: gives,
      })
      .then((it) => {
        placed = it
        if (it.ok) it.dialog.handle(offers)
      })
    await s.clock.pass(70_000)
    for (const what of placed?.ok ? actions : []) {
      const [ours, other] = [(placed as { dialog: Dialog }).dialog, theirs[0]]
      if (what === 'bye') void ours.bye()
      if (what === 'their bye') void other?.bye()
      if (what === 'modify') void ours.modify(sdp('changed'))
      if (what === 'their modify') void other?.modify(sdp('changed there'))
      if (what === 'info') void ours.info({ type: 'application/dtmf-relay', content: Buffer.from('Signal=1') })
      if (what === 'cut') s.network.cut('caller', 'callee')
      await s.clock.pass(300)
    }
    s.network.lose = () => false
    // Whatever was lost on the way: hanging up on both sides ends it.
    if (placed?.ok) void placed.dialog.bye()
    for (const dialog of theirs) void dialog.bye()
    await s.clock.pass(120_000)
    return { placed, left: caller.dialogs() + callee.dialogs(), timers: s.clock.pending, theirs }
  }

  for (const transport of ['UDP', 'TCP'] as const) {
    it(`leave nothing behind over ${transport}: no dialog, no timer, no call without an outcome`, async () => {
      const losses = fc.array(transport === 'UDP' ? fc.boolean() : fc.constant(false), { minLength: 1, maxLength: 12 })
      await fc.assert(
        fc.asyncProperty(
          losses,
          fc.integer({ min: 1, max: 400 }),
          fc.array(action, { maxLength: 6 }),
          fc.constantFrom(50, 3_000, 60_000),
          async (lost, latencyMs, actions, gives) => {
            const { placed, left, timers, theirs } = await play(transport, lost, latencyMs, actions, gives)
            expect(placed).to.exist
            expect(left).to.equal(0)
            // The two watches against freezes.
            expect(timers).to.equal(2)
            for (const dialog of theirs) expect(dialog.isEnded).to.equal(true)
          },
        ),
        { numRuns: 60 },
      )
    }).timeout(120_000)
  }
})
