import { expect } from 'chai'
import { once } from 'node:events'
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { systemClock as clock } from '../../../../src/runtime/system-clock.ts'
import { pause } from '../../../../src/runtime/clock.ts'
import { silent } from '../../../../src/runtime/log.ts'
import type { NextHop, IncomingCall, OriginateResult, TlsProfile } from '../../../../src/telephony/call.ts'
import { defaultTransportLimits, type TransportLimits } from '../../../../src/telephony/transport/limits.ts'
import { createUserAgent, type UserAgent } from '../../../../src/telephony/user-agent.ts'
import { createAuthority, type Authority } from '../../../harness/authority.ts'
import { eventually } from '../../../harness/eventually.ts'
import { identityOf } from '../../../harness/identity.ts'
import { sdp } from '../../../harness/sip-network.ts'

describe('SIP over real sockets', () => {
  let authority: Authority
  let agents: UserAgent[]
  let sockets: Socket[]
  before(() => (authority = createAuthority('test CA')))
  beforeEach(() => {
    agents = []
    sockets = []
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await Promise.all(agents.map((agent) => agent.close(50)))
  })

  const start = async (
    name: string,
    peers: string[],
    o: { onCall?: (call: IncomingCall) => void; limits?: TransportLimits } = {},
  ) => {
    const agent = await createUserAgent({
      host: '127.0.0.1',
      listen: { udp: { port: 0 }, tcp: { port: 0 }, tls: { port: 0 } },
      tls: { identity: identityOf(authority, name), peers },
      clock,
      log: silent,
      admit: () => undefined,
      onCall: o.onCall ?? (async (call) => void (await call.accept({ body: sdp('theirs') }))?.handle({})),
      ...(o.limits === undefined ? {} : { limits: o.limits }),
    })
    agents.push(agent)
    return agent
  }
  const call = (
    from: UserAgent,
    port: number,
    transport: NextHop['transport'] = 'TLS',
    tls?: TlsProfile,
  ): Promise<OriginateResult> =>
    from.originate({
      uri: `sip:bot@127.0.0.1:${port};transport=${transport.toLowerCase()}`,
      hop: { transport, host: '127.0.0.1', port, ...(tls === undefined ? {} : { tls }) },
      from: '<sip:me@127.0.0.1>',
      body: sdp('ours'),
      timeoutMs: 5_000,
    })

  for (const transport of ['UDP', 'TCP', 'TLS'] as const) {
    it(`a call over ${transport}, hung up by the one who was called`, async () => {
      let incoming: IncomingCall | undefined
      const bot = await start('bot.test', ['caller.test'], {
        onCall: async (it) => {
          incoming = it
          await (await it.accept({ body: sdp('theirs') }))?.bye()
        },
      })
      const caller = await start('caller.test', ['bot.test'])
      const port = bot.ports[transport.toLowerCase() as 'udp']!
      const placed = (await call(caller, port, transport)) as Extract<OriginateResult, { ok: true }>
      expect(Buffer.from(placed.dialog.remoteBody!.content).toString()).to.equal('theirs')
      expect(await placed.dialog.ended).to.deep.equal({ cause: 'remote' })
      expect(incoming!.peer).to.deep.include({ transport, address: '127.0.0.1' })
      expect(incoming!.peer.names).to.deep.equal(transport === 'TLS' ? ['caller.test'] : [])
      await eventually(() => expect(bot.dialogs() + caller.dialogs()).to.equal(0))
    })
  }

  it('calls nobody who proves another name, or is of another CA', async () => {
    const bot = await start('bot.test', ['caller.test'])
    const wrong = await start('caller.test', ['other.test'])
    expect(await call(wrong, bot.ports.tls!)).to.deep.include({ ok: false, because: 'transport', status: 503 })
    const stranger = createAuthority('another CA')
    const profile = { ca: stranger.cert, names: ['bot.test'], ...stranger.issue(['caller.test']) }
    const right = await start('caller.test', ['bot.test'])
    expect(await call(right, bot.ports.tls!, 'TLS', profile)).to.deep.include({ ok: false, because: 'transport' })
  })

  it('shows each peer the identity that is meant for it, on a connection of its own', async () => {
    const names: (readonly string[])[] = []
    const bot = await start('bot.test', ['caller.test', 'tenant.test'], {
      onCall: (it) => {
        names.push(it.peer.names)
        it.refuse(486)
      },
    })
    const caller = await start('caller.test', ['bot.test'])
    const profile = { ca: authority.cert, names: ['bot.test'], ...authority.issue(['tenant.test']) }
    await call(caller, bot.ports.tls!, 'TLS', profile)
    await call(caller, bot.ports.tls!)
    await call(caller, bot.ports.tls!, 'TLS', profile)
    expect(names).to.deep.equal([['tenant.test'], ['caller.test'], ['tenant.test']])
  })

  it('opens one connection for many calls', async () => {
    const ports = new Set<number>()
    const bot = await start('bot.test', ['caller.test'], {
      onCall: (it) => {
        ports.add(it.peer.port)
        it.refuse(486)
      },
    })
    const caller = await start('caller.test', ['bot.test'])
    await Promise.all(Array.from({ length: 30 }, () => call(caller, bot.ports.tls!)))
    expect(ports.size).to.equal(1)
  })

  it('uses a renewed certificate from then on', async () => {
    const bot = await start('bot.test', ['caller.test'])
    const caller = await start('caller.test', ['renewed.test'])
    expect(await call(caller, bot.ports.tls!)).to.have.property('ok', false)
    bot.renew(identityOf(authority, 'renewed.test'))
    expect(await call(caller, bot.ports.tls!)).to.have.property('ok', true)
  })

  const options = (port: number, more: string[] = []) =>
    [
      'OPTIONS sip:bot@127.0.0.1 SIP/2.0',
      `Via: SIP/2.0/TCP 127.0.0.1:${port};branch=z9hG4bKx`,
      'From: <sip:a@b>;tag=1',
      'To: <sip:bot@127.0.0.1>',
      'Call-ID: x',
      'CSeq: 1 OPTIONS',
      ...more,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n')
  const plain = async (agent: UserAgent) => {
    const socket = connectTcp(agent.ports.tcp!, '127.0.0.1')
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }

  it('answers a keep-alive of two CRLFs with one (RFC 5626 4.4.1)', async () => {
    const socket = await plain(await start('bot.test', []))
    socket.write('\r\n\r\n')
    expect(String((await once(socket, 'data'))[0])).to.equal('\r\n')
  })

  it('closes on a sender that does not end its message in time, and on one that sends what is no SIP', async () => {
    const limits = { ...defaultTransportLimits, messageMs: 100 }
    const bot = await start('bot.test', [], { limits })
    const slow = await plain(bot)
    slow.write(options(1).slice(0, -2))
    await once(slow, 'close')
    const web = await plain(bot)
    web.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(web.resume(), 'close')
    const alive = await plain(bot)
    alive.write(options(1))
    expect(String((await once(alive, 'data'))[0])).to.match(/^SIP\/2\.0 200 OK/)
  })

  it('takes only so many connections from one address', async () => {
    const bot = await start('bot.test', [], { limits: { ...defaultTransportLimits, connectionsPerAddress: 2 } })
    const first = await plain(bot)
    await plain(bot)
    const third = connectTcp(bot.ports.tcp!, '127.0.0.1').on('error', () => {})
    await new Promise((resolve) => third.on('close', resolve))
    first.destroy()
    await pause(clock, 20)
    const fourth = await plain(bot)
    fourth.write(options(1))
    expect(String((await once(fourth, 'data'))[0])).to.match(/^SIP\/2\.0 200 OK/)
  })

  it('answers on a new connection to sent-by when the one that the request came by is gone (RFC 3261 18.2.2)', async () => {
    let incoming: IncomingCall | undefined
    const bot = await start('bot.test', [], { onCall: (it) => void (incoming = it) })
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const socket = await plain(bot)
    socket.write(options(port, ['Contact: <sip:a@127.0.0.1>']).replaceAll('OPTIONS', 'INVITE'))
    await eventually(() => expect(incoming).to.exist)
    socket.destroy()
    await pause(clock, 20)
    const accepted = once(server, 'connection')
    incoming!.refuse(486)
    const [back] = (await accepted) as [Socket]
    sockets.push(back)
    expect(String((await once(back, 'data'))[0])).to.match(/^SIP\/2\.0 486 /)
    server.close()
  })

  it('reads no more from a UDP source that floods it, and goes on serving others', async () => {
    const limits = { ...defaultTransportLimits, messagesAtOnce: 5, messagesPerSecond: 1 }
    const bot = await start('bot.test', [], { limits })
    const caller = await start('caller.test', [])
    const results = await Promise.all(
      Array.from({ length: 10 }, () => caller.originate({ ...placeOverUdp(bot), silenceMs: 400 })),
    )
    // Each INVITE and each ACK is a message: two calls and a half.
    expect(results.filter(({ ok }) => ok)).to.have.length.within(1, 5)
    expect(results.filter(({ ok }) => !ok)).to.have.length.within(5, 9)
  })
  const placeOverUdp = (bot: UserAgent) => ({
    uri: 'sip:bot@127.0.0.1',
    hop: { transport: 'UDP' as const, host: '127.0.0.1', port: bot.ports.udp! },
    from: '<sip:me@127.0.0.1>',
    body: sdp(),
    timeoutMs: 1_000,
  })

  it('refuses a TLS peer without a certificate before a word of SIP', async () => {
    const bot = await start('bot.test', ['caller.test'])
    const socket: TLSSocket = connectTls({
      host: '127.0.0.1',
      port: bot.ports.tls!,
      ca: authority.cert,
      servername: 'bot.test',
    })
    sockets.push(socket)
    const [error] = await once(socket, 'error')
    expect(String(error)).to.match(/certificate required/i)
  })

  for (const transport of ['UDP', 'TCP'] as const) {
    it(`a call over ${transport} and IPv6`, async () => {
      const six = async () => {
        const agent = await createUserAgent({
          host: '::1',
          listen: { udp: { port: 0 }, tcp: { port: 0 } },
          clock,
          log: silent,
          admit: () => undefined,
          onCall: async (it) => void (await it.accept({ body: sdp('theirs') }))?.bye(),
        })
        agents.push(agent)
        return agent
      }
      const [bot, caller] = [await six(), await six()]
      const port = bot.ports[transport.toLowerCase() as 'udp']!
      const placed = (await caller.originate({
        uri: `sip:bot@[::1]:${port};transport=${transport.toLowerCase()}`,
        hop: { transport, host: '::1', port },
        from: '<sip:me@[::1]>',
        body: sdp(),
        timeoutMs: 5_000,
      })) as Extract<OriginateResult, { ok: true }>
      expect(placed.ok).to.equal(true)
      expect(await placed.dialog.ended).to.deep.equal({ cause: 'remote' })
    })
  }

  for (const when of ['before', 'after'] as const) {
    it(`leaves no connection behind that is asked for just ${when} all is closed`, async () => {
      const live = new Set<Socket>()
      // It takes the connection and says nothing, so the handshake does not come about while we close.
      const mute = createServer((socket) => {
        live.add(socket)
        socket
          .on('error', () => {})
          .on('close', () => live.delete(socket))
          .resume()
      })
      mute.listen(0, '127.0.0.1')
      await once(mute, 'listening')
      const agent = await start('caller.test', ['bot.test'])
      agents.pop()
      const { port } = mute.address() as AddressInfo
      if (when === 'after') await agent.close(10)
      const calling = call(agent, port)
      if (when === 'before') {
        await eventually(() => expect(live.size).to.equal(1))
        await agent.close(10)
      }
      expect(await calling).to.include({ ok: false, because: 'transport' })
      await eventually(() => expect(live.size).to.equal(0), 1)
      mute.close()
    })
  }

  it('ends without a timer that would keep the process alive', async () => {
    const bot = await start('bot.test', ['caller.test'])
    const caller = await start('caller.test', ['bot.test'])
    const placed = (await call(caller, bot.ports.udp!, 'UDP')) as Extract<OriginateResult, { ok: true }>
    await placed.dialog.bye()
    await Promise.all(agents.splice(0).map((agent) => agent.close(50)))
    const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout')
    // Mocha's own, for this test.
    expect(timers.length).to.be.at.most(1)
  })
})
