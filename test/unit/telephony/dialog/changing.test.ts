import { expect } from 'chai'
import type { Dialog, DialogHandlers, OfferAnswer } from '../../../../src/telephony/call.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { nameOf, sdp, valueOf } from '../../../harness/sip-network.ts'

const SDP_LINES = ['Content-Type: application/sdp', '', 'their new offer']

describe('a call that goes on', () => {
  let s: Stage
  let caller: RawCaller
  let dialog: Dialog
  const begin = async (handlers: DialogHandlers = {}, extra: string[] = []) => {
    s = stage('UDP')
    await s.agent('bot')
    caller = new RawCaller(s.network)
    caller.invite(extra)
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp('ours') })
    await s.clock.pass(10)
    caller.ack()
    await s.clock.pass(10)
    dialog = (await accepting)!
    dialog.handle(handlers)
  }
  const last = () => nameOf(caller.last!)
  const bodyOfLast = () => Buffer.from(caller.last!.body).toString()

  describe('changed by the caller', () => {
    it('is asked of its owner: the answer goes out with 200, until the ACK', async () => {
      const offers: string[] = []
      await begin({
        onOffer: (offer, method) => {
          offers.push(`${method} ${Buffer.from(offer!.content).toString()}`)
          return { body: sdp('our answer') }
        },
      })
      caller.say('INVITE', [caller.contact(), ...SDP_LINES])
      await s.clock.pass(1_000)
      expect(offers).to.deep.equal(['INVITE their new offer'])
      expect([last(), bodyOfLast()]).to.deep.equal(['200 INVITE', 'our answer'])
      expect(caller.responses(200)).to.have.length(3)
      caller.ack()
      await s.clock.pass(40_000)
      expect(caller.responses(200)).to.have.length(3)
      expect(dialog.isEnded).to.equal(false)
    })

    it('by UPDATE is asked too (RFC 3311), and one without offer only refreshes', async () => {
      const offers: unknown[] = []
      await begin({
        onOffer: (_, method) => {
          offers.push(method)
          return { body: sdp('our answer') }
        },
      })
      caller.say('UPDATE', [caller.contact(), ...SDP_LINES])
      await s.clock.pass(10)
      expect([last(), bodyOfLast()]).to.deep.equal(['200 UPDATE', 'our answer'])
      caller.say('UPDATE', [caller.contact()])
      await s.clock.pass(10)
      expect([last(), bodyOfLast()]).to.deep.equal(['200 UPDATE', ''])
      expect(offers).to.deep.equal(['UPDATE'])
    })

    it('with a new Contact is called there from now on (RFC 3261 12.2)', async () => {
      await begin()
      caller.say('UPDATE', ['Contact: <sip:elsewhere@caller>'])
      await s.clock.pass(10)
      void dialog.bye()
      await s.clock.pass(10)
      expect(caller.requests('BYE')[0]!.uri).to.equal('sip:elsewhere@caller')
    })

    it('is refused when the owner refuses, fails or has nothing to say, and goes on as it was', async () => {
      const fails = () => {
        throw new Error('a bug')
      }
      for (const [onOffer, status] of [
        [() => ({ status: 488 }), 488],
        [fails, 500],
        [undefined, 488],
      ] as const) {
        await begin(onOffer === undefined ? {} : { onOffer })
        caller.say('INVITE', [caller.contact(), ...SDP_LINES])
        await s.clock.pass(10)
        expect(last()).to.equal(`${status} INVITE`)
        expect(dialog.isEnded).to.equal(false)
      }
    })

    it('by an INVITE without offer gets an offer of ours, and the answer with the ACK', async () => {
      const answers: string[] = []
      await begin({
        onOffer: (offer) => ({ body: sdp(offer === undefined ? 'our offer' : 'wrong') }),
        onAnswer: (answer) => answers.push(Buffer.from(answer.content).toString()),
      })
      caller.say('INVITE', [caller.contact()])
      await s.clock.pass(10)
      expect(bodyOfLast()).to.equal('our offer')
      caller.ack(['Content-Type: application/sdp', '', 'their answer'])
      await s.clock.pass(10)
      expect(answers).to.deep.equal(['their answer'])
    })

    it('twice at once gets 500 with Retry-After the second time (RFC 3261 14.2, RFC 3311 5.2)', async () => {
      for (const method of ['INVITE', 'UPDATE']) {
        let answer: (it: OfferAnswer) => void = () => {}
        await begin({ onOffer: () => new Promise((resolve) => (answer = resolve)) })
        caller.say(method, [caller.contact(), ...SDP_LINES])
        caller.say(method, [caller.contact(), ...SDP_LINES])
        await s.clock.pass(10)
        expect(last()).to.equal(`500 ${method}`)
        expect(Number(valueOf(caller.last, 'Retry-After'))).to.be.within(0, 10)
        answer({ body: sdp('late') })
        await s.clock.pass(10)
        expect([last(), bodyOfLast()]).to.deep.equal([`200 ${method}`, 'late'])
      }
    })

    it('while we change it ourselves gets 491', async () => {
      await begin({ onOffer: () => ({ body: sdp() }) })
      void dialog.modify(sdp('our new offer'))
      await s.clock.pass(1)
      for (const method of ['INVITE', 'UPDATE']) {
        caller.say(method, [caller.contact(), ...SDP_LINES])
        await s.clock.pass(10)
        expect(last()).to.equal(`491 ${method}`)
      }
    })

    it('and cancelled, gets 487 and goes on', async () => {
      await begin({ onOffer: () => new Promise(() => {}) })
      caller.say('INVITE', [caller.contact(), ...SDP_LINES], { branch: 'z9hG4bKagain', number: 2 })
      await s.clock.pass(10)
      caller.say('CANCEL', [], { branch: 'z9hG4bKagain', number: 2 })
      await s.clock.pass(10)
      expect(caller.responses().slice(-2).map(nameOf)).to.have.members(['200 CANCEL', '487 INVITE'])
      expect(dialog.isEnded).to.equal(false)
    })

    it('and never acknowledged, is lost: BYE after 32 s (RFC 3261 14.2)', async () => {
      await begin({ onOffer: () => ({ body: sdp() }) })
      caller.say('INVITE', [caller.contact(), ...SDP_LINES])
      await s.clock.pass(32_100)
      expect(caller.requests('BYE')).to.have.length(1)
      expect(await dialog.ended).to.deep.equal({ cause: 'lost' })
    })
  })

  describe('changed by us', () => {
    const onInvite = (task: (number: number) => string[] | number) => {
      let count = 0
      caller.onMessage = (message) => {
        if (message.kind !== 'request' || message.method !== 'INVITE') return
        const what = task(++count)
        const [status, extra] = typeof what === 'number' ? [what, []] : [200, what]
        caller.answer(message, status, extra)
      }
    }

    it('by re-INVITE, acknowledged, with their answer', async () => {
      await begin()
      onInvite(() => ['Content-Type: application/sdp', '', 'their answer'])
      const changing = dialog.modify(sdp('our new offer'))
      await s.clock.pass(10)
      const changed = await changing
      expect(changed.ok && Buffer.from(changed.body!.content).toString()).to.equal('their answer')
      expect(Buffer.from(caller.requests('INVITE')[0]!.body).toString()).to.equal('our new offer')
      expect(caller.requests('ACK')).to.have.length(1)
    })

    it('waits after a 491 up to 2 s, as it did not make the Call-ID, and tries again (RFC 3261 14.1)', async () => {
      await begin()
      onInvite((count) => (count === 1 ? 491 : ['Content-Type: application/sdp', '', 'x']))
      const changing = dialog.modify(sdp())
      await s.clock.pass(2_100)
      expect(caller.requests('INVITE')).to.have.length(2)
      expect(await changing).to.have.property('ok', true)
    })

    it('is given up after three 491', async () => {
      await begin()
      onInvite(() => 491)
      const changing = dialog.modify(sdp())
      await s.clock.pass(10_000)
      expect(await changing).to.deep.equal({ ok: false, status: 491 })
      expect(dialog.isEnded).to.equal(false)
    })

    it('is refused and goes on, but ends with 481: the other side knows it no longer (RFC 3261 12.2.1.2)', async () => {
      for (const [status, isEnded] of [
        [488, false],
        [408, false],
        [481, true],
      ] as const) {
        await begin()
        onInvite(() => status)
        const changing = dialog.modify(sdp())
        await s.clock.pass(10)
        expect(await changing).to.deep.include({ ok: false, status })
        expect(dialog.isEnded).to.equal(isEnded)
      }
    })
  })

  it('answers requests that are out of order with 500 (RFC 3261 12.2.2)', async () => {
    await begin()
    caller.say('OPTIONS', [], { number: 7 })
    caller.say('OPTIONS', [], { number: 6 })
    await s.clock.pass(10)
    expect(caller.responses().slice(-2).map(nameOf)).to.deep.equal(['200 OPTIONS', '500 OPTIONS'])
  })

  it('hands INFO to its owner, answers it 200, and 415 what is not understood', async () => {
    const keys: string[] = []
    await begin({
      onInfo: (body) => {
        keys.push(Buffer.from(body.content).toString())
        return body.type === 'application/dtmf-relay'
      },
    })
    caller.say('INFO', ['Content-Type: application/dtmf-relay', '', 'Signal=5'])
    await s.clock.pass(10)
    expect([last(), ...keys]).to.deep.equal(['200 INFO', 'Signal=5'])
    caller.say('INFO', ['Content-Type: text/plain', '', 'x'])
    await s.clock.pass(10)
    expect(last()).to.equal('415 INFO')
    caller.say('INFO')
    await s.clock.pass(10)
    expect(last()).to.equal('200 INFO')
  })

  it('refuses what is not for it: REFER 405, an extension 420, NOTIFY of nothing 481, PRACK of nothing 481', async () => {
    await begin()
    for (const [method, extra, status] of [
      ['REFER', ['Refer-To: <sip:a@b>'], 405],
      ['JUGGLE', [], 501],
      ['INFO', ['Require: clairvoyance'], 420],
      ['NOTIFY', ['Event: refer', 'Subscription-State: active'], 481],
      ['PRACK', ['RAck: 1 1 INVITE'], 481],
    ] as const) {
      caller.say(method, [...extra])
      await s.clock.pass(10)
      expect(last()).to.equal(`${status} ${method}`)
    }
    expect(dialog.isEnded).to.equal(false)
  })

  it('is another one with another tag: 481', async () => {
    await begin()
    caller.toTag = 'other'
    caller.say('BYE')
    await s.clock.pass(10)
    expect(last()).to.equal('481 BYE')
    expect(dialog.isEnded).to.equal(false)
  })
})
