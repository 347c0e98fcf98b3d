import { expect } from 'chai'
import type { Dialog, ReferOutcome } from '../../../../src/telephony/call.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { sdp, valueOf } from '../../../harness/sip-network.ts'

describe('a caller who is asked to call elsewhere (RFC 3515)', () => {
  let s: Stage
  let caller: RawCaller
  let dialog: Dialog
  let outcome: ReferOutcome | undefined
  const progress: number[] = []

  beforeEach(async () => {
    s = stage('UDP')
    await s.agent('bot')
    caller = new RawCaller(s.network)
    caller.invite()
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp() })
    await s.clock.pass(10)
    caller.ack()
    await s.clock.pass(10)
    dialog = (await accepting)!
    dialog.handle({})
    outcome = undefined
    progress.length = 0
  })
  const refer = async (status: number, extra: string[] = []) => {
    caller.onMessage = (message) => {
      if (message.kind !== 'request' || message.method !== 'REFER') return
      caller.answer(message, status, extra)
    }
    const o = { timeoutMs: 30_000, onProgress: (told: number) => progress.push(told) }
    void dialog.refer('sip:+33123456789@trunk', o).then((it) => (outcome = it))
    await s.clock.pass(10)
  }
  const notify = async (line: string, state = 'active;expires=60') => {
    caller.say('NOTIFY', [
      'Event: refer;id=1',
      `Subscription-State: ${state}`,
      caller.contact(),
      'Content-Type: message/sipfrag',
      '',
      line,
    ])
    await s.clock.pass(10)
  }

  it('tells how that goes, and how it went', async () => {
    await refer(202)
    const [request] = caller.requests('REFER')
    expect(valueOf(request, 'Refer-To')).to.equal('<sip:+33123456789@trunk>')
    expect(valueOf(request, 'Referred-By')).to.equal('<sip:bot@bot>')
    expect(valueOf(request, 'Contact')).to.match(/^<sip:callbot@bot/)
    await notify('SIP/2.0 100 Trying')
    expect([progress, outcome]).to.deep.equal([[100], undefined])
    await notify('SIP/2.0 200 OK\r\n', 'terminated;reason=noresource')
    expect(outcome).to.deep.equal({ status: 202, final: 200 })
    expect(s.network.log.filter((line) => line.endsWith('200 NOTIFY'))).to.have.length(2)
    await notify('SIP/2.0 200 OK')
    expect(s.network.log.at(-1)).to.equal('bot>caller 481 NOTIFY')
  })

  it('refuses, or never tells, or hangs up: each is an outcome', async () => {
    await refer(603)
    expect(outcome).to.deep.equal({ status: 603 })
    await refer(202)
    await s.clock.pass(30_000)
    expect(outcome).to.deep.equal({ status: 202 })
    await refer(202, ['Refer-Sub: false'])
    expect(outcome).to.deep.equal({ status: 202 })
    outcome = undefined
    await refer(202)
    caller.say('BYE')
    await s.clock.pass(10)
    expect(outcome).to.deep.equal({ status: 202 })
    expect(await dialog.refer('sip:a@b', { timeoutMs: 1 })).to.deep.equal({ status: 481 })
  })

  it('whose call fails says by what', async () => {
    await refer(202)
    await notify('SIP/2.0 486 Busy Here', 'terminated')
    expect(outcome).to.deep.equal({ status: 202, final: 486 })
  })

  it('is asked once at a time', async () => {
    await refer(202)
    expect(await dialog.refer('sip:a@b', { timeoutMs: 1 })).to.deep.equal({ status: 491 })
  })
})
