import { expect } from 'chai'
import type { Dialog, Ended } from '../../../../src/telephony/call.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { sdp, tagOf, valueOf } from '../../../harness/sip-network.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'

describe('a call that comes in', () => {
  let s: Stage
  let caller: RawCaller
  beforeEach(async () => {
    s = stage('UDP')
    await s.agent('bot')
    caller = new RawCaller(s.network)
  })
  const answered = async (extra: string[] = []) => {
    caller.invite(extra)
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp('ours') })
    await s.clock.pass(10)
    caller.ack()
    await s.clock.pass(10)
    return (await accepting)!
  }

  it('gets 100 after 200 ms if nothing else was said, and only then (RFC 3261 17.2.1)', async () => {
    caller.invite()
    await s.clock.pass(200)
    expect(s.network.log).to.deep.equal(['caller>bot INVITE'])
    await s.clock.pass(2)
    expect(s.network.log.at(-1)).to.equal('bot>caller 100 INVITE')
    expect(tagOf(caller.last, 'to')).to.equal(undefined)
    s.calls[0]!.ring(180)
    await s.clock.pass(1_000)
    expect(s.network.log.slice(2)).to.deep.equal(['bot>caller 180 INVITE'])
  })

  it('gets 200 again and again until its ACK is there: T1, doubling up to T2 (RFC 3261 13.3.1.4)', async () => {
    caller.invite()
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp('ours') })
    await s.clock.pass(12_000)
    const times = s.network.times('bot>caller 200 INVITE')
    expect(times.map((at) => at - times[0]!)).to.deep.equal([0, 500, 1_500, 3_500, 7_500, 11_500])
    caller.ack()
    await s.clock.pass(60_000)
    expect(s.network.times('bot>caller 200 INVITE')).to.have.length(6)
    expect(await accepting).to.have.property('isEnded', false)
    // Nothing but the watch against freezes waits any more.
    expect(s.clock.pending).to.equal(1)
  })

  it('is given up with BYE when no ACK comes within 32 s', async () => {
    caller.invite()
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp() })
    await s.clock.pass(31_900)
    expect(caller.requests('BYE')).to.deep.equal([])
    await s.clock.pass(200)
    expect(caller.requests('BYE')).to.have.length(1)
    expect(await accepting).to.equal(undefined)
  })

  it('is a dialog with what 12.1.1 asks for: Contact, Allow, Supported, and the Record-Route as it came', async () => {
    const routes = ['Record-Route: <sip:p2;lr>, <sip:p1;lr;x=1>', 'Record-Route: <sip:p0;lr>']
    const dialog = await answered(routes)
    const [ok] = caller.responses(200)
    expect(ok!.headers.filter(({ id }) => id === 'record-route').map(({ value }) => value)).to.deep.equal([
      '<sip:p2;lr>, <sip:p1;lr;x=1>',
      '<sip:p0;lr>',
    ])
    expect(valueOf(ok, 'Contact')).to.equal('<sip:callbot@bot:5060;transport=udp>')
    expect(valueOf(ok, 'Allow')).to.match(/^INVITE, ACK, CANCEL, BYE, /)
    expect(valueOf(ok, 'Content-Type')).to.equal('application/sdp')
    expect(Buffer.from(ok!.body).toString()).to.equal('ours')
    expect([dialog.callId, dialog.remoteTag]).to.deep.equal(['call-1', 'theirs'])
  })

  it('ends by their BYE, which is answered, and answered the same if it comes again', async () => {
    const dialog = await answered()
    let ended: Ended | undefined
    void dialog.ended.then((it) => (ended = it))
    const bye = caller.request('BYE', ['Reason: Q.850;cause=16'])
    caller.send('bot', ...bye)
    await s.clock.pass(10)
    expect(ended).to.deep.equal({ cause: 'remote', reason: 'Q.850;cause=16' })
    caller.send('bot', ...bye)
    await s.clock.pass(10)
    expect(s.network.log.slice(-4)).to.deep.equal([
      'caller>bot BYE',
      'bot>caller 200 BYE',
      'caller>bot BYE',
      'bot>caller 200 BYE',
    ])
    await dialog.bye()
    expect(caller.requests('BYE')).to.deep.equal([])
  })

  it('ends by our BYE: sent again until it is answered, given up after 32 s (timers E and F)', async () => {
    const dialog = await answered()
    let isDone = false
    void dialog.bye().then(() => (isDone = true))
    await s.clock.pass(31_900)
    const times = s.network.times('bot>caller BYE')
    expect(times.map((at) => at - times[0]!)).to.deep.equal([
      0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ])
    expect(isDone).to.equal(false)
    await s.clock.pass(200)
    expect(isDone).to.equal(true)
    expect(await dialog.ended).to.deep.equal({ cause: 'local' })
  })

  it('is cancelled: 200 to the CANCEL, 487 to the INVITE with the same To tag, until its ACK (RFC 3261 9.2)', async () => {
    caller.invite()
    await s.clock.pass(10)
    const [call] = s.calls
    caller.say('CANCEL', [], { branch: 'z9hG4bKinvite', number: 1 })
    await s.clock.pass(1_000)
    expect(call!.cancelled.aborted).to.equal(true)
    expect(caller.responses(200)).to.have.length(1)
    expect(tagOf(caller.responses(200)[0], 'to')).to.equal(tagOf(caller.responses(487)[0], 'to'))
    expect(caller.responses(487)).to.have.length(2)
    caller.heed()
    caller.say('ACK', [], { branch: 'z9hG4bKinvite', number: 1 })
    await s.clock.pass(60_000)
    expect(caller.responses(487)).to.have.length(2)
    expect(await call!.accept({ body: sdp() })).to.equal(undefined)
    expect(caller.responses(200)).to.have.length(1)
  })

  it('whose caller said how long it waits is over then, unless it is answered (RFC 3261 13.3.1)', async () => {
    caller.invite(['Expires: 5'])
    await s.clock.pass(4_900)
    expect(s.calls[0]!.cancelled.aborted).to.equal(false)
    await s.clock.pass(200)
    expect(s.calls[0]!.cancelled.aborted).to.equal(true)
    expect(caller.responses(487)).to.have.length(1)
  })

  it('whose caller waits 5 s and is answered in time goes on', async () => {
    const dialog = await answered(['Expires: 5'])
    await s.clock.pass(10_000)
    expect(dialog.isEnded).to.equal(false)
  })

  it('is not cancelled any more once it is answered', async () => {
    await answered()
    caller.toTag = undefined
    caller.say('CANCEL', [], { branch: 'z9hG4bKinvite', number: 1 })
    await s.clock.pass(10)
    expect(s.network.log.at(-1)).to.equal('bot>caller 200 CANCEL')
    expect(s.calls[0]!.cancelled.aborted).to.equal(false)
  })

  it('of a CANCEL that means nothing here, gets 481', async () => {
    caller.say('CANCEL')
    await s.clock.pass(10)
    expect(s.network.log.at(-1)).to.equal('bot>caller 481 CANCEL')
  })

  it('is hung up while it rings: 200 to the BYE, 487 to the INVITE (RFC 3261 15.1.2)', async () => {
    caller.invite()
    await s.clock.pass(10)
    s.calls[0]!.ring()
    await s.clock.pass(10)
    caller.heed()
    caller.say('BYE')
    await s.clock.pass(10)
    expect(s.network.log.slice(-2)).to.have.members(['bot>caller 200 BYE', 'bot>caller 487 INVITE'])
    expect(s.calls[0]!.cancelled.aborted).to.equal(true)
  })

  it('is refused, with the refusal again at T1 and doubling until its ACK, 32 s at most (timers G and H)', async () => {
    caller.invite()
    await s.clock.pass(10)
    s.calls[0]!.refuse(486)
    await s.clock.pass(60_000)
    const times = s.network.times('bot>caller 486 INVITE')
    expect(times.map((at) => at - times[0]!)).to.deep.equal([
      0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ])
    expect(s.clock.pending).to.equal(1)
  })

  it('gets its last answer again when the INVITE comes again', async () => {
    caller.invite()
    await s.clock.pass(10)
    s.calls[0]!.ring()
    await s.clock.pass(10)
    caller.invite()
    await s.clock.pass(10)
    expect(s.network.times('bot>caller 180 INVITE')).to.have.length(2)
    expect(s.calls).to.have.length(1)
  })

  it('by two ways at once is answered once, and 482 the other time (RFC 3261 8.2.2.2)', async () => {
    caller.invite()
    caller.invite([], { branch: 'z9hG4bKother' })
    await s.clock.pass(10)
    expect(s.calls).to.have.length(1)
    expect(s.network.log.at(-1)).to.equal('bot>caller 482 INVITE')
  })

  it('without offer gets ours in the 200, and the answer comes with the ACK', async () => {
    caller.invite([], { body: '' })
    await s.clock.pass(10)
    expect(s.calls[0]!.offer).to.equal(undefined)
    const accepting = s.calls[0]!.accept({ body: sdp('our offer') })
    await s.clock.pass(10)
    caller.ack(['Content-Type: application/sdp', '', 'their answer'])
    await s.clock.pass(10)
    const { remoteBody } = (await accepting)!
    expect(Buffer.from(remoteBody!.content).toString()).to.equal('their answer')
  })

  it('without a Contact is called by its From (RFC 4475 3.4.1), and refused with 400 if that is no SIP URI', async () => {
    const invite = caller.request('INVITE', ['Content-Type: application/sdp', '', 'x'])
    caller.send('bot', ...invite.map((line) => line.replace('<sip:caller@caller>;tag', '<tel:+331>;tag')))
    await s.clock.pass(10)
    expect(s.network.log.at(-1)).to.equal('bot>caller 400 INVITE')
    caller.send('bot', ...caller.request('INVITE', ['Content-Type: application/sdp', '', 'x']))
    await s.clock.pass(10)
    expect(s.calls).to.have.length(1)
  })

  it('that nobody can handle is refused with 500, and the next one is answered', async () => {
    const failing = stage('UDP')
    let fails = true
    await failing.agent('bot', (call) => {
      if (fails) throw new Error('a bug')
      call.refuse(486)
    })
    const other = new RawCaller(failing.network)
    other.invite()
    await failing.clock.pass(10)
    fails = false
    other.callId = 'call-2'
    other.invite([], { branch: 'z9hG4bKnext' })
    await failing.clock.pass(10)
    expect(failing.network.log.filter((line) => line.startsWith('bot'))).to.deep.equal([
      'bot>caller 500 INVITE',
      'bot>caller 486 INVITE',
    ])
  })

  it('may change its session as soon as its ACK is sent, in the same packet even', async () => {
    caller.invite()
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp() })
    const handled = accepting.then((dialog: Dialog | undefined) =>
      dialog!.handle({ onOffer: () => ({ body: sdp('new') }) }),
    )
    await s.clock.pass(10)
    caller.ack()
    caller.say('INVITE', [caller.contact(), 'Content-Type: application/sdp', '', 'hold'])
    await s.clock.pass(10)
    await handled
    expect(Buffer.from(caller.responses(200).at(-1)!.body).toString()).to.equal('new')
  })
})
