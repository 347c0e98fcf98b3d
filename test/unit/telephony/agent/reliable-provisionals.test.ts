import { expect } from 'chai'
import type { OriginateResult } from '../../../../src/telephony/call.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCallee, withSdp } from '../../../harness/sip-callee.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { nameOf, sdp, valueOf } from '../../../harness/sip-network.ts'

describe('a provisional answer that must arrive (RFC 3262)', () => {
  let s: Stage
  let caller: RawCaller
  const ring = async (extra: string[], status: 180 | 183 = 180, body = false) => {
    s = stage('UDP')
    await s.agent('bot')
    caller = new RawCaller(s.network)
    caller.invite(extra)
    await s.clock.pass(10)
    s.calls[0]!.ring(status, body ? { body: sdp('early') } : {})
    await s.clock.pass(10)
  }
  const prack = async (rack?: string) => {
    caller.heed()
    const rseq = valueOf(
      caller.responses().findLast((one) => valueOf(one, 'RSeq') !== undefined),
      'RSeq',
    )
    caller.say('PRACK', [`RAck: ${rack ?? `${rseq} 1 INVITE`}`])
    await s.clock.pass(10)
  }

  it('is one where the caller requires it, or supports it and there is SDP', async () => {
    for (const [extra, body, isReliable] of [
      ['Require: 100rel', false, true],
      ['Supported: 100rel', false, false],
      ['Supported: timer, 100rel', true, true],
      ['Supported: timer', true, false],
    ] as const) {
      await ring([extra], 183, body)
      expect(valueOf(caller.last, 'Require'), extra).to.equal(isReliable ? '100rel' : undefined)
      expect(Number(valueOf(caller.last, 'RSeq')) > 0, extra).to.equal(isReliable)
    }
  })

  it('is sent again at T1, doubling, until its PRACK; the call is refused when none comes', async () => {
    await ring(['Require: 100rel'])
    await s.clock.pass(8_000)
    const times = s.network.times('bot>caller 180 INVITE')
    expect(times.map((at) => at - times[0]!)).to.deep.equal([0, 500, 1_500, 3_500, 7_500])
    await prack()
    expect(nameOf(caller.last!)).to.equal('200 PRACK')
    await s.clock.pass(40_000)
    expect(s.network.times('bot>caller 180 INVITE')).to.have.length(5)

    await ring(['Require: 100rel'])
    await s.clock.pass(32_100)
    expect(s.network.log).to.include('bot>caller 504 INVITE')
  })

  it('is acknowledged by its own number only', async () => {
    await ring(['Require: 100rel'])
    for (const rack of ['1 1 INVITE', `${valueOf(caller.last, 'RSeq')} 2 INVITE`, 'nonsense']) {
      await prack(rack)
      expect(nameOf(caller.last!), rack).to.equal('481 PRACK')
    }
  })

  it('lets a second one wait until it is acknowledged, whose number is one more', async () => {
    await ring(['Require: 100rel'])
    const first = Number(valueOf(caller.last, 'RSeq'))
    s.calls[0]!.ring(183)
    await s.clock.pass(10)
    expect(caller.responses(183)).to.deep.equal([])
    await prack()
    expect(Number(valueOf(caller.responses(183)[0], 'RSeq'))).to.equal(first + 1)
  })

  it('with SDP holds the 200 back until its PRACK, and the 200 does not repeat the SDP', async () => {
    await ring(['Supported: 100rel'], 183, true)
    void s.calls[0]!.accept({ body: sdp('early') })
    await s.clock.pass(100)
    expect(caller.responses(200)).to.deep.equal([])
    await prack()
    const ok = caller.responses(200).find((one) => nameOf(one) === '200 INVITE')
    expect(ok?.body.length).to.equal(0)
  })

  it('of theirs is acknowledged with PRACK, once, and in order', async () => {
    s = stage('UDP')
    const agent = await s.agent('bot')
    const callee = new RawCallee(s.network)
    callee.on('PRACK', (request) => callee.answer(request, 200))
    callee.on('INVITE', (invite) => {
      const reliable = (status: number, rseq: number, more: string[] = []) =>
        callee.answer(invite, status, ['Require: 100rel', `RSeq: ${rseq}`, ...more])
      reliable(183, 17, withSdp('early answer'))
      reliable(183, 17, withSdp('early answer'))
      reliable(180, 19)
      reliable(180, 18)
      callee.answer(invite, 200)
    })
    const hop = { transport: 'UDP' as const, host: 'callee', port: 5060 }
    const placing = agent.originate({ uri: 'sip:a@callee', from: '<sip:b@bot>', hop, body: sdp(), timeoutMs: 9_000 })
    await s.clock.pass(100)
    expect(callee.requests('PRACK').map((one) => valueOf(one, 'RAck'))).to.deep.equal(['17 1 INVITE', '18 1 INVITE'])
    const placed = (await placing) as Extract<OriginateResult, { ok: true }>
    expect(Buffer.from(placed.dialog.remoteBody!.content).toString()).to.equal('early answer')
    void placed.dialog.bye()
    await s.clock.pass(10)
    // PRACKs are numbered in the dialog too.
    expect(valueOf(callee.requests('BYE')[0], 'CSeq')).to.equal('4 BYE')
  })
})
