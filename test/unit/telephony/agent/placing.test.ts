import { expect } from 'chai'
import type { Dialog, OriginateResult, OriginateOptions } from '../../../../src/telephony/call.ts'
import type { UserAgent } from '../../../../src/telephony/user-agent.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCallee, withSdp } from '../../../harness/sip-callee.ts'
import { sdp, tagOf, valueOf } from '../../../harness/sip-network.ts'

describe('a call that we place', () => {
  let s: Stage
  let agent: UserAgent
  let callee: RawCallee
  let placed: OriginateResult | undefined
  beforeEach(async () => {
    s = stage('UDP')
    agent = await s.agent('bot')
    callee = new RawCallee(s.network)
    placed = undefined
  })
  const place = (o: Partial<OriginateOptions> = {}) => {
    const hop = { transport: 'UDP' as const, host: 'callee', port: 5060 }
    const rest = { uri: 'sip:desk@callee', from: '<sip:bot@bot>', hop, body: sdp('ours'), timeoutMs: 60_000 }
    void agent.originate({ ...rest, ...o }).then((it) => (placed = it))
  }
  const dialog = () => (placed as { dialog: Dialog }).dialog
  const refused = () => {
    const { ok, because, status, rang } = placed as Exclude<OriginateResult, { ok: true }>
    return { ok, because, status, rang }
  }

  it('is acknowledged when it is answered, and again when the answer comes again (RFC 3261 13.2.2.4)', async () => {
    callee.on('INVITE', (invite) => {
      callee.answer(invite, 180)
      callee.answer(invite, 200, withSdp('their answer'))
      callee.answer(invite, 200, withSdp('their answer'))
    })
    place()
    await s.clock.pass(10)
    expect(Buffer.from(dialog().remoteBody!.content).toString()).to.equal('their answer')
    const acks = callee.requests('ACK')
    expect(acks).to.have.length(2)
    expect(acks[0]!.uri).to.equal('sip:callee:5060')
    expect(valueOf(acks[0], 'CSeq')).to.equal('1 ACK')
    expect(tagOf(acks[0], 'to')).to.equal('theirs')
    expect(valueOf(acks[0], 'Via')).not.to.equal(valueOf(callee.requests('INVITE')[0], 'Via'))
  })

  it('carries what RFC 3261 8.1.1 asks for', async () => {
    place({ from: '"Mairie" <sip:bot@bot>' })
    await s.clock.pass(10)
    const [invite] = callee.requests('INVITE')
    expect(valueOf(invite, 'Via')).to.match(/^SIP\/2\.0\/UDP bot:5060;branch=z9hG4bK[0-9a-f]{24};rport$/)
    expect(valueOf(invite, 'From')).to.match(/^"Mairie" <sip:bot@bot>;tag=[0-9a-f]{20}$/)
    expect(valueOf(invite, 'To')).to.equal('<sip:desk@callee>')
    expect(valueOf(invite, 'Max-Forwards')).to.equal('70')
    expect(valueOf(invite, 'Contact')).to.equal('<sip:callbot@bot:5060;transport=udp>')
    expect(valueOf(invite, 'Supported')).to.equal('100rel, timer')
    expect(valueOf(invite, 'Session-Expires')).to.equal('1800')
  })

  it('is sent again over UDP at T1, doubling, and given up after 32 s (timers A and B)', async () => {
    place()
    await s.clock.pass(31_990)
    const times = s.network.times('bot>callee INVITE')
    expect(times.map((at) => at - times[0]!)).to.deep.equal([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
    await s.clock.pass(20)
    expect(refused()).to.deep.equal({ ok: false, because: 'timeout', status: 408, rang: false })
  })

  it('is not sent again once there is any answer, and may ring as long as its time allows', async () => {
    callee.on('INVITE', (invite) => callee.answer(invite, 100))
    place()
    await s.clock.pass(50_000)
    expect(s.network.times('bot>callee INVITE')).to.have.length(1)
    expect(placed).to.equal(undefined)
  })

  it('to silence is given up as soon as is asked, so that the next route is tried', async () => {
    place({ silenceMs: 700 })
    await s.clock.pass(699)
    expect(placed).to.equal(undefined)
    await s.clock.pass(2)
    expect(refused()).to.deep.equal({ ok: false, because: 'timeout', status: 408, rang: false })
  })

  it('that nobody answers in its time is cancelled; 487 is acknowledged within its transaction', async () => {
    callee.on('INVITE', (invite) => callee.answer(invite, 180))
    callee.on('CANCEL', (cancel) => {
      callee.answer(cancel, 200)
      callee.answer(callee.requests('INVITE')[0]!, 487)
    })
    place({ timeoutMs: 20_000 })
    await s.clock.pass(20_010)
    expect(refused()).to.deep.equal({ ok: false, because: 'timeout', status: 408, rang: true })
    const [invite] = callee.requests('INVITE')
    const [cancel] = callee.requests('CANCEL')
    const [ack] = callee.requests('ACK')
    for (const name of ['Via', 'From', 'Call-ID']) {
      expect(valueOf(cancel, name)).to.equal(valueOf(invite, name))
      expect(valueOf(ack, name)).to.equal(valueOf(invite, name))
    }
    expect([valueOf(cancel, 'CSeq'), valueOf(ack, 'CSeq')]).to.deep.equal(['1 CANCEL', '1 ACK'])
    expect([tagOf(cancel, 'to'), tagOf(ack, 'to')]).to.deep.equal([undefined, 'theirs'])
  })

  it('is cancelled only after a provisional answer (RFC 3261 9.1)', async () => {
    const caller = new AbortController()
    place({ signal: caller.signal })
    await s.clock.pass(10)
    caller.abort()
    await s.clock.pass(100)
    expect(refused()).to.deep.equal({ ok: false, because: 'cancelled', status: 487, rang: false })
    expect(callee.requests('CANCEL')).to.deep.equal([])
    callee.answer(callee.requests('INVITE')[0]!, 100)
    await s.clock.pass(10)
    expect(callee.requests('CANCEL')).to.have.length(1)
  })

  it('that was cancelled and of which nothing more is heard, is over after 32 s (RFC 3261 9.1)', async () => {
    callee.on('INVITE', (invite) => callee.answer(invite, 180))
    place({ timeoutMs: 1_000 })
    await s.clock.pass(32_900)
    expect(callee.requests('CANCEL').length).to.be.greaterThan(1)
    expect(agent.dialogs()).to.equal(0)
    await s.clock.pass(200)
    expect(s.clock.pending).to.equal(1)
  })

  it('that is answered after all, when nobody waits any more, is acknowledged and hung up', async () => {
    place({ timeoutMs: 1_000 })
    callee.on('INVITE', (invite) => callee.answer(invite, 180))
    await s.clock.pass(1_010)
    callee.answer(callee.requests('INVITE')[0]!, 200, withSdp())
    await s.clock.pass(10)
    expect(s.network.log.slice(-2)).to.deep.equal(['bot>callee ACK', 'bot>callee BYE'])
  })

  it('that a proxy forked keeps the first that answers; the other is acknowledged and hung up', async () => {
    callee.on('INVITE', (invite) => {
      callee.answer(invite, 180, [], 'one')
      callee.answer(invite, 180, [], 'two')
      callee.answer(invite, 200, withSdp('two'), 'two')
      callee.answer(invite, 200, withSdp('one'), 'one')
    })
    callee.on('BYE', (bye) => callee.answer(bye, 200))
    place()
    await s.clock.pass(100)
    expect(dialog().remoteTag).to.equal('two')
    expect(callee.requests('ACK').map((ack) => tagOf(ack, 'to'))).to.deep.equal(['two', 'one'])
    expect(callee.requests('BYE').map((bye) => tagOf(bye, 'to'))).to.deep.equal(['one'])
    expect(agent.dialogs()).to.equal(1)
  })

  it('that is refused says by what, whether it rang, and acknowledges the refusal each time it comes (timer D)', async () => {
    callee.on('INVITE', (invite) => {
      callee.answer(invite, 183)
      callee.answer(invite, 503, ['Retry-After: 7'])
    })
    place()
    await s.clock.pass(10)
    expect(refused()).to.deep.equal({ ok: false, because: 'refused', status: 503, rang: true })
    const { headers } = placed as Exclude<OriginateResult, { ok: true }>
    expect(headers.find(({ id }) => id === 'retry-after')?.value).to.equal('7')
    expect(callee.requests('ACK')).to.have.length(1)
    await s.clock.pass(31_000)
    callee.answer(callee.requests('INVITE')[0]!, 503)
    await s.clock.pass(2_000)
    expect(callee.requests('ACK')).to.have.length(2)
    callee.answer(callee.requests('INVITE')[0]!, 503)
    await s.clock.pass(10)
    expect(callee.requests('ACK')).to.have.length(2)
    expect([agent.dialogs(), s.clock.pending]).to.deep.equal([0, 1])
  })

  it('to nobody fails at once, by the transport', async () => {
    place({ hop: { transport: 'UDP', host: 'nowhere', port: 1 } })
    await s.clock.pass(1)
    expect(refused()).to.deep.equal({ ok: false, because: 'transport', status: 503, rang: false })
  })

  it('sends requests along the Record-Route of the answer, turned around (RFC 3261 12.1.2)', async () => {
    callee.on('INVITE', (invite) => {
      callee.answer(invite, 200, ['Record-Route: <sip:far;lr>, <sip:callee;lr>', ...withSdp()])
    })
    place()
    await s.clock.pass(10)
    const routes = callee.requests('ACK')[0]!.headers.filter(({ id }) => id === 'route')
    expect(routes.map(({ value }) => value)).to.deep.equal(['<sip:callee;lr>', '<sip:far;lr>'])
  })

  it('ends by their BYE, and who has hung up is reported to no other request', async () => {
    callee.on('INVITE', (invite) => callee.answer(invite, 200, withSdp()))
    place()
    await s.clock.pass(10)
    const [invite] = callee.requests('INVITE')
    callee.request(invite!, 'BYE', 1)
    await s.clock.pass(10)
    expect(await dialog().ended).to.deep.equal({ cause: 'remote' })
    callee.request(invite!, 'INFO', 2)
    await s.clock.pass(10)
    expect(s.network.log.at(-1)).to.equal('bot>callee 481 INFO')
  })
})

describe('a challenge to a call that we place', () => {
  const challenge = (o: { realm?: string; nonce?: string; algorithm?: string; more?: string } = {}) =>
    `Digest realm="${o.realm ?? 'carrier'}", nonce="${o.nonce ?? 'n1'}", qop="auth", algorithm=${o.algorithm ?? 'MD5'}${o.more ?? ''}`
  const credentials = { username: 'bot', password: 'secret' }
  const place = (agent: UserAgent, more: Partial<OriginateOptions> = {}) =>
    agent.originate({
      uri: 'sip:desk@callee',
      from: '<sip:bot@bot>',
      hop: { transport: 'UDP', host: 'callee', port: 5060 },
      body: sdp(),
      timeoutMs: 60_000,
      credentials,
      ...more,
    })

  it('is met with the next INVITE: same Call-ID and From, CSeq one more; later requests go on with its nonce', async () => {
    const s = stage('UDP')
    const agent = await s.agent('bot')
    const callee = new RawCallee(s.network)
    callee.on('INVITE', (invite) => {
      if (valueOf(invite, 'Proxy-Authorization') === undefined) {
        const weak = `Proxy-Authenticate: ${challenge()}`
        callee.answer(invite, 407, [weak, `Proxy-Authenticate: ${challenge({ algorithm: 'SHA-256' })}`])
      } else {
        callee.answer(invite, 200, withSdp())
      }
    })
    const placing = place(agent)
    await s.clock.pass(20)
    const placed = (await placing) as Extract<OriginateResult, { ok: true }>
    const [first, second] = callee.requests('INVITE')
    expect(valueOf(second, 'Call-ID')).to.equal(valueOf(first, 'Call-ID'))
    expect(valueOf(second, 'From')).to.equal(valueOf(first, 'From'))
    expect(valueOf(second, 'CSeq')).to.equal('2 INVITE')
    expect(valueOf(second, 'Proxy-Authorization')).to.match(
      /^Digest username="bot", .*algorithm=SHA-256, .*nc=00000001/,
    )
    // RFC 3261 22.1: the ACK has the credentials of its INVITE.
    expect(valueOf(callee.requests('ACK').at(-1), 'Proxy-Authorization')).to.equal(
      valueOf(second, 'Proxy-Authorization'),
    )
    void placed.dialog.bye()
    await s.clock.pass(10)
    expect(valueOf(callee.requests('BYE')[0], 'Proxy-Authorization')).to.include('nc=00000002')
  })

  it('that comes again after a wrong password is the end; after a stale nonce it is met again', async () => {
    for (const [more, invites, status] of [
      ['', 2, 401],
      [', stale=true', 4, 401],
    ] as const) {
      const s = stage('UDP')
      const agent = await s.agent('bot')
      const callee = new RawCallee(s.network)
      callee.on('INVITE', (invite) => callee.answer(invite, 401, [`WWW-Authenticate: ${challenge({ more })}`]))
      const placing = place(agent)
      await s.clock.pass(50)
      expect(await placing).to.deep.include({ ok: false, because: 'refused', status })
      expect(callee.requests('INVITE')).to.have.length(invites)
    }
  })

  it('of another realm than that of the credentials, or without any, is a refusal', async () => {
    for (const more of [{ credentials: { ...credentials, realm: 'other' } }, { credentials: undefined }]) {
      const s = stage('UDP')
      const agent = await s.agent('bot')
      const callee = new RawCallee(s.network)
      callee.on('INVITE', (invite) => callee.answer(invite, 401, [`WWW-Authenticate: ${challenge()}`]))
      const placing = place(agent, more as Partial<OriginateOptions>)
      await s.clock.pass(50)
      expect(await placing).to.deep.include({ ok: false, status: 401 })
      expect(callee.requests('INVITE')).to.have.length(1)
    }
  })

  it('of a proxy and of the server behind it are both met', async () => {
    const s = stage('UDP')
    const agent = await s.agent('bot')
    const callee = new RawCallee(s.network)
    callee.on('INVITE', (invite) => {
      if (valueOf(invite, 'Proxy-Authorization') === undefined) {
        callee.answer(invite, 407, [`Proxy-Authenticate: ${challenge({ realm: 'proxy' })}`])
      } else if (valueOf(invite, 'Authorization') === undefined) {
        callee.answer(invite, 401, [`WWW-Authenticate: ${challenge({ realm: 'desk' })}`])
      } else {
        callee.answer(invite, 200, withSdp())
      }
    })
    const placing = place(agent)
    await s.clock.pass(50)
    expect(await placing).to.have.property('ok', true)
    expect(callee.requests('INVITE')).to.have.length(3)
  })
})
