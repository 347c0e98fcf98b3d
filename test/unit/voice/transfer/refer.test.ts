import { expect } from 'chai'
import type { Dialog, IncomingCall } from '../../../../src/telephony/call.ts'
import type { Party } from '../../../../src/voice/session/party.ts'
import { refer, type Referred } from '../../../../src/voice/transfer/refer.ts'
import { field } from '../../../../src/wire/sip/serialise.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { sdp, valueOf } from '../../../harness/sip-network.ts'

describe('a caller whose own side takes the call over (RFC 3515, RFC 5589)', () => {
  let s: Stage
  let caller: RawCaller
  let party: Party
  let incoming: IncomingCall
  let referred: Referred | undefined

  beforeEach(async () => {
    s = stage('UDP')
    await s.agent('bot')
    caller = new RawCaller(s.network)
    caller.invite()
    await s.clock.pass(10)
    incoming = s.calls[0]!
    const accepting = incoming.accept({ body: sdp() })
    await s.clock.pass(10)
    caller.ack()
    await s.clock.pass(10)
    const dialog: Dialog = (await accepting)!
    dialog.handle({})
    party = { dialog, isReferred: false } as Party
    referred = undefined
  })
  const ask = async (status: number, headers = [field('X-Reason', 'été; "2 fois" & plus?')]) => {
    caller.onMessage = (message) => {
      if (message.kind !== 'request' || message.method !== 'REFER') return
      caller.answer(message, status)
    }
    void refer(party, incoming, { to: '4001', headers, ringSeconds: 20 }).then((it) => (referred = it))
    await s.clock.pass(10)
  }
  const notify = async (line: string) => {
    const active = ['Event: refer', 'Subscription-State: active;expires=60', caller.contact()]
    caller.say('NOTIFY', [...active, 'Content-Type: message/sipfrag', '', line])
    await s.clock.pass(10)
  }

  it('is taken to the number at its own host, with what is handed over as header fields of the URI', async () => {
    await ask(202)
    const [request] = caller.requests('REFER')
    const target = valueOf(request, 'Refer-To')!
    expect(target).to.match(/^<sip:4001@caller\?X-Reason=[A-Za-z0-9%_.~-]+>$/)
    expect(decodeURIComponent(/=(.*)>/.exec(target)![1]!)).to.equal('été; "2 fois" & plus?')
    await notify('SIP/2.0 100 Trying')
    expect([referred, party.isReferred]).to.deep.equal([undefined, true])
    await notify('SIP/2.0 200 OK')
    expect(referred).to.equal('Taken')
  })

  it('is refused what its side does not do: nobody was called, so another way may be tried', async () => {
    for (const status of [405, 603]) {
      await ask(status)
      expect([referred, party.isReferred]).to.deep.equal(['Refused', false])
    }
  })

  it('comes back when nobody takes it, or nothing is reported in time', async () => {
    await ask(202)
    await notify('SIP/2.0 486 Busy Here')
    expect([referred, party.isReferred]).to.deep.equal(['Failed', false])
    await ask(202)
    await s.clock.pass(21_000)
    expect([referred, party.isReferred]).to.deep.equal(['Failed', false])
  })

  it('that hangs up once its side has begun was taken, whether that was reported or not', async () => {
    await ask(202)
    caller.say('BYE')
    await s.clock.pass(10)
    expect([referred, party.isReferred]).to.deep.equal(['Failed', true])
  })
})
