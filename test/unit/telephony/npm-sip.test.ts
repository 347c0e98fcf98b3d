import { expect } from 'chai'
import npmSip from 'sip'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import type { Ended, OriginateResult } from '../../../src/telephony/call.ts'
import { createUserAgent, type UserAgent, type UserAgentOptions } from '../../../src/telephony/user-agent.ts'
import { createAuthority, type Authority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { freePort } from '../../../hack/free-port.ts'
import { identityOf } from '../../harness/identity.ts'
import { sdp, SDP } from '../../harness/sip-network.ts'

interface NpmMessage {
  method?: string
  status?: number
  uri?: string
  headers: Record<string, unknown> & {
    to: { params: Record<string, string>; uri: string }
    contact?: { uri: string }[]
  }
  content?: string
}
interface NpmPeer {
  send(message: object, onResponse?: (response: NpmMessage) => void): void
  destroy(): void
}
const { create, makeResponse } = npmSip as unknown as {
  create(options: object, onRequest: (request: NpmMessage) => void): NpmPeer
  makeResponse(request: NpmMessage, status: number, reason: string): NpmMessage
}

/** The peer thinks that whoever has its own address is itself: it gets another one of the loopback. */
const THEIRS = '127.0.0.2'

describe('the npm package sip 0.0.6 as the other side, over TLS', () => {
  let authority: Authority
  let agent: UserAgent
  let peer: NpmPeer
  let port: number
  before(() => (authority = createAuthority('test CA')))
  afterEach(async () => {
    peer.destroy()
    await agent.close(50)
  })

  const start = async (onCall: UserAgentOptions['onCall'], onRequest: (request: NpmMessage) => void) => {
    agent = await createUserAgent({
      host: '127.0.0.1',
      listen: { tls: { port: 0 } },
      tls: { identity: identityOf(authority, 'bot.test'), peers: ['npm.test'] },
      clock,
      log: silent,
      admit: () => undefined,
      onCall,
    })
    port = await freePort(THEIRS)
    const tls = {
      ...authority.issue(['npm.test']),
      ca: authority.cert,
      servername: 'bot.test',
      requestCert: true,
      rejectUnauthorized: true,
    }
    // It writes the port of UDP into its Via, whatever the transport.
    peer = create({ udp: false, tcp: false, tls, tls_port: port, port, address: THEIRS }, onRequest)
  }
  const request = (method: string, uri: string, seq: number, to: object, more: object = {}) => ({
    method,
    uri,
    headers: {
      to,
      from: { uri: `sip:npm@${THEIRS}`, params: { tag: 'npm' } },
      'call-id': 'npm-call',
      cseq: { method, seq },
      contact: [{ uri: `sip:npm@${THEIRS}:${port};transport=tls` }],
      ...more,
    },
  })

  it('calls us, hears 180 and 200, and hangs up', async () => {
    let ended: Ended | undefined
    await start(
      async (call) => {
        call.ring(180)
        ended = await (await call.accept({ body: sdp('ours') }))?.ended
      },
      () => {},
    )
    const bot = `sip:bot@127.0.0.1:${agent.ports.tls};transport=tls`
    const statuses: number[] = []
    let byeStatus: number | undefined
    const invite = { ...request('INVITE', bot, 1, { uri: bot }), content: SDP }
    Object.assign(invite.headers, { 'content-type': 'application/sdp' })
    peer.send(invite, (response) => {
      statuses.push(response.status!)
      if (response.status !== 200) return
      const target = response.headers.contact![0]!.uri
      peer.send(request('ACK', target, 1, response.headers.to))
      peer.send(request('BYE', target, 2, response.headers.to), (answer) => (byeStatus = answer.status))
    })
    await eventually(() => expect(byeStatus).to.equal(200))
    expect(statuses).to.deep.equal([180, 200])
    expect(ended).to.deep.equal({ cause: 'remote' })
    expect(agent.dialogs()).to.equal(0)
  })

  it('is called by us, answers, has its session changed, and is hung up', async () => {
    const methods: string[] = []
    await start(
      () => {},
      (incoming) => {
        methods.push(incoming.method!)
        if (incoming.method === 'ACK') return
        const response = makeResponse(incoming, 200, 'OK')
        if (incoming.method === 'INVITE') {
          response.headers.to.params['tag'] = 'npm'
          response.headers['content-type'] = 'application/sdp'
          response.headers.contact = [{ uri: `sip:npm@${THEIRS}:${port};transport=tls` }]
          response.content = 'theirs'
        }
        peer.send(response)
      },
    )
    const placed = (await agent.originate({
      uri: `sip:npm@${THEIRS}:${port};transport=tls`,
      hop: { transport: 'TLS', host: THEIRS, port },
      from: '<sip:bot@127.0.0.1>',
      body: sdp(),
      timeoutMs: 5_000,
    })) as Extract<OriginateResult, { ok: true }>
    expect(placed.ok).to.equal(true)
    expect(Buffer.from(placed.dialog.remoteBody!.content).toString()).to.equal('theirs')
    expect(await placed.dialog.modify(sdp('again'))).to.have.property('ok', true)
    await placed.dialog.bye()
    expect(methods).to.deep.equal(['INVITE', 'ACK', 'INVITE', 'ACK', 'BYE'])
  })
})
