import { expect } from 'chai'
import fc from 'fast-check'
import type { Dialog } from '../../../../src/telephony/call.ts'
import { refuseGlare, waitAfterGlare } from '../../../../src/telephony/dialog/glare.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { RawCallee, withSdp } from '../../../harness/sip-callee.ts'
import { nameOf, sdp, valueOf } from '../../../harness/sip-network.ts'

describe('a session with a time (RFC 4028)', () => {
  let s: Stage
  let caller: RawCaller
  let dialog: Dialog | undefined
  const begin = async (extra: string[]) => {
    s = stage('TCP')
    await s.agent('bot')
    caller = new RawCaller(s.network)
    caller.invite(extra)
    await s.clock.pass(10)
    const accepting = s.calls[0]?.accept({ body: sdp('ours') })
    await s.clock.pass(10)
    if (accepting === undefined) return
    caller.ack()
    await s.clock.pass(10)
    dialog = await accepting
    dialog!.handle({})
  }
  const ok = () => caller.responses(200)[0]
  const answer = (status: number, extra: string[] = []) => {
    caller.onMessage = (message) => {
      if (message.kind !== 'request' || message.method === 'ACK') return
      caller.answer(message, status, extra)
    }
  }

  it('of a caller that knows none has none', async () => {
    await begin([])
    expect(valueOf(ok(), 'Session-Expires')).to.equal(undefined)
    await s.clock.pass(7_200_000)
    expect(dialog!.isEnded).to.equal(false)
  })

  it('is refreshed by the caller unless it asks otherwise; without a refresh it is lost, with a BYE, before its end', async () => {
    await begin(['Supported: timer', 'Session-Expires: 120'])
    expect(valueOf(ok(), 'Session-Expires')).to.equal('120;refresher=uac')
    expect(valueOf(ok(), 'Require')).to.equal('timer')
    await s.clock.pass(70_000)
    caller.say('UPDATE', [caller.contact(), 'Supported: timer', 'Session-Expires: 120;refresher=uac'])
    await s.clock.pass(10)
    expect(valueOf(caller.last, 'Session-Expires')).to.equal('120;refresher=uac')
    // 120 - 32 s after the refresh (RFC 4028 10).
    await s.clock.pass(87_900)
    expect(caller.requests('BYE')).to.deep.equal([])
    await s.clock.pass(200)
    expect(caller.requests('BYE')).to.have.length(1)
    expect(await dialog!.ended).to.deep.equal({ cause: 'lost' })
  })

  it('is refreshed by us at half its time where they ask for it, by UPDATE where they take it', async () => {
    await begin(['Supported: timer', 'Session-Expires: 120;refresher=uas', 'Allow: INVITE, UPDATE'])
    expect(valueOf(ok(), 'Session-Expires')).to.equal('120;refresher=uas')
    expect(valueOf(ok(), 'Require')).to.equal(undefined)
    answer(200, ['Session-Expires: 120;refresher=uac'])
    await s.clock.pass(290_000)
    const updates = s.network.times('bot>caller UPDATE')
    expect(updates).to.have.length(4)
    expect(updates[1]! - updates[0]!).to.be.within(60_000, 60_010)
    expect(valueOf(caller.requests('UPDATE')[0], 'Session-Expires')).to.equal('120;refresher=uac')
    expect(dialog!.isEnded).to.equal(false)
  })

  it('is refreshed by re-INVITE with the same SDP where UPDATE is not taken', async () => {
    await begin(['Supported: timer', 'Session-Expires: 120;refresher=uas', 'Allow: INVITE, BYE'])
    answer(200, ['Session-Expires: 120;refresher=uac', ...withSdp()])
    await s.clock.pass(61_000)
    expect(Buffer.from(caller.requests('INVITE')[0]!.body).toString()).to.equal('ours')
    expect(caller.requests('ACK')).to.have.length(1)
  })

  it('is tried again when a refresh is refused for the moment, and lost at its end if it is refused until then', async () => {
    await begin(['Supported: timer', 'Session-Expires: 120;refresher=uas', 'Allow: UPDATE'])
    answer(500)
    await s.clock.pass(119_900)
    expect(caller.requests('UPDATE').length).to.be.within(5, 8)
    expect(dialog!.isEnded).to.equal(false)
    await s.clock.pass(1_000)
    expect(await dialog!.ended).to.deep.equal({ cause: 'lost' })
    expect(caller.requests('BYE')).to.have.length(1)
  })

  for (const status of [481, 408])
    for (const method of ['UPDATE', 'INVITE'])
      it(`is lost at once when ${method} is answered ${status}: the other side knows the call no longer, or is gone (RFC 4028 10)`, async () => {
        await begin(['Supported: timer', 'Session-Expires: 120;refresher=uas', `Allow: ${method}`])
        answer(status)
        await s.clock.pass(61_000)
        expect(await dialog!.ended).to.deep.equal({ cause: 'lost' })
      })

  it('that is too short is refused: 422 with Min-SE', async () => {
    await begin(['Supported: timer', 'Session-Expires: 60'])
    expect(nameOf(caller.last!)).to.equal('422 INVITE')
    expect(valueOf(caller.last, 'Min-SE')).to.equal('90')
    expect(s.calls).to.deep.equal([])
  })

  it('that a proxy asks for is refreshed by us, as the caller knows no timers', async () => {
    await begin(['Session-Expires: 60', 'Min-SE: 300'])
    expect(valueOf(ok(), 'Session-Expires')).to.equal('300;refresher=uas')
  })

  it('of a call that we place is as they answer it, longer after a 422', async () => {
    s = stage('TCP')
    const agent = await s.agent('bot')
    const callee = new RawCallee(s.network)
    callee.on('INVITE', (invite) => {
      if (valueOf(invite, 'Session-Expires') === '1800') callee.answer(invite, 422, ['Min-SE: 3600'])
      else callee.answer(invite, 200, ['Session-Expires: 3600;refresher=uac', 'Allow: UPDATE', ...withSdp()])
    })
    callee.on('UPDATE', (update) => callee.answer(update, 200, ['Session-Expires: 3600;refresher=uac']))
    const hop = { transport: 'TCP' as const, host: 'callee', port: 5060 }
    void agent.originate({ uri: 'sip:desk@callee', from: '<sip:bot@bot>', hop, body: sdp(), timeoutMs: 60_000 })
    await s.clock.pass(100)
    expect(callee.requests('INVITE').map((invite) => valueOf(invite, 'Min-SE'))).to.deep.equal([undefined, '3600'])
    await s.clock.pass(1_800_000)
    expect(callee.requests('UPDATE')).to.have.length(1)
  })
})

describe('offers that cross', () => {
  const pending = fc.record({
    theirInvite: fc.boolean(),
    ourInvite: fc.boolean(),
    theirOffer: fc.boolean(),
    ourOffer: fc.boolean(),
  })

  it('are never both let through, and nothing is refused without reason', () => {
    fc.assert(
      fc.property(pending, fc.constantFrom('INVITE' as const, 'UPDATE' as const), (what, method) => {
        const refusal = refuseGlare(what, method, 0.5)
        const mustWait =
          what.theirOffer || what.ourOffer || (method === 'INVITE' && (what.theirInvite || what.ourInvite))
        expect(refusal !== undefined).to.equal(mustWait)
        if (refusal?.status === 491) expect(what.ourInvite || what.ourOffer).to.equal(true)
      }),
    )
  })

  it('wait for times that do not overlap, in steps of 10 ms (RFC 3261 14.1)', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
        expect(waitAfterGlare(true, chance)).to.be.within(2_100, 4_000)
        expect(waitAfterGlare(false, chance)).to.be.within(0, 2_000)
        expect(waitAfterGlare(false, chance) % 10).to.equal(0)
      }),
    )
  })
})
