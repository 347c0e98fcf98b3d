import { expect } from 'chai'
import type { BotConfiguration } from '../../../../src/api/bot-configuration.ts'
import { systemClock } from '../../../../src/runtime/system-clock.ts'
import { silent } from '../../../../src/runtime/log.ts'
import type { NextHop, IncomingCall, Peer } from '../../../../src/telephony/call.ts'
import { createMedia } from '../../../../src/telephony/media/media.ts'
import type { Media } from '../../../../src/telephony/media/types.ts'
import type { SipRequest } from '../../../../src/wire/sip/message.ts'
import { parseMessage } from '../../../../src/wire/sip/parse-datagram.ts'
import { understandRequest, type UnderstoodRequest } from '../../../../src/wire/sip/parse-headers.ts'
import type { PutThroughResult } from '../../../../src/voice/metrics.ts'
import type { Party } from '../../../../src/voice/session/party.ts'
import type { Edges } from '../../../../src/voice/transfer/known-edges.ts'
import { createPutThrough } from '../../../../src/voice/transfer/put-through.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCallee } from '../../../harness/sip-callee.ts'
import { valueOf } from '../../../harness/sip-network.ts'

const hop = (host: string): NextHop => ({ transport: 'TCP', host, port: 5060 })
const peer: Peer = { transport: 'TCP', address: 'edge-a', port: 5060, names: [] }
const INVITE = [
  'INVITE sip:+33199000001@town-hall.clinic.svc SIP/2.0',
  ...[
    'Via: SIP/2.0/TCP edge-a;branch=z9hG4bK1',
    'From: <sip:+33612345678@carrier>;tag=1',
    'To: <sip:+33199000001@bot>',
  ],
  ...['Call-ID: 1', 'CSeq: 1 INVITE', 'Contact: <sip:caller@carrier>', 'Max-Forwards: 70', '', ''],
]
const understood = understandRequest(parseMessage(Buffer.from(INVITE.join('\r\n'))) as SipRequest) as UnderstoodRequest
const incoming = { understood, peer } as IncomingCall

type Modes = ('Required' | 'Preferred' | 'Disabled')[]

/** SIP on a network in memory, with a clock of its own; media by real sockets. */
describe('a person who is called through the edges', () => {
  let s: Stage
  let media: Media
  let first: RawCallee
  let second: RawCallee
  let result: PutThroughResult | undefined
  let party: Party | undefined
  let isSettled: boolean
  let hosts: string[]
  const edges: Edges = { note() {}, serving: (address: string) => address, hops: () => hosts.map(hop) }

  beforeEach(() => {
    s = stage('TCP')
    const ports = { from: 31_200, to: 31_207 }
    media = createMedia({ address: '127.0.0.1', ports, clock: systemClock, log: silent })
    first = new RawCallee(s.network, 'edge-a')
    second = new RawCallee(s.network, 'edge-b')
    result = party = undefined
    isSettled = false
    hosts = ['edge-a', 'edge-b']
  })
  afterEach(() => media.close())

  type Change = { modes?: Modes; signal?: AbortSignal; integration?: string; retrySeconds?: number }
  async function call(o: Change = {}): Promise<void> {
    const agent = await s.agent('bot')
    const sip = { media: o.modes ?? ['Required'], transferMethods: ['Bridge'], handOver: [], callerNumber: 'Caller' }
    const bot = {
      media: { srtp: 'Required', codecs: ['PCMA'] },
      integrations: [{ name: 'desk', sip }],
    } as unknown as BotConfiguration
    const putThrough = createPutThrough({
      ...{ namespace: 'clinic', bot, media, edges, clock: s.clock, random: () => 0.5, log: silent },
      metrics: { putThrough: (told) => (result = told.result) },
    })
    const { retrySeconds = 0 } = o
    const request = { kind: 'Emergency', to: '112', ringSeconds: 20, retrySeconds, handOver: {} } as const
    const integration = o.integration ?? 'desk'
    const signal = o.signal ?? new AbortController().signal
    const caller: IncomingCall = { ...incoming, originate: (call) => agent.originate(call) }
    void putThrough(caller, { ...request, integration }, signal).then((it) => {
      party = it
      isSettled = true
    })
  }
  /** Lets time go by in small steps, since sockets take time of their own. */
  const until = async (isSo: () => boolean, seconds = 40) => {
    for (let step = 0; step < seconds * 20 && !isSo(); step++) await s.clock.pass(50)
    expect(isSo()).to.equal(true)
  }
  const refuses = (edge: RawCallee, status: number) =>
    edge.on('INVITE', (invite) => {
      edge.answer(invite, 100)
      edge.answer(invite, status)
    })
  const invites = (edge: RawCallee) => edge.requests('INVITE')
  const offers = (edge: RawCallee) => invites(edge).map((invite) => valueOf(invite, 'X-Callbot-Media'))

  it('is asked for at the edge of the call, and nowhere else when that answers', async () => {
    refuses(first, 404)
    await call()
    await until(() => isSettled)
    expect([party, result]).to.deep.equal([undefined, 'Declined'])
    expect([invites(first).length, invites(second).length]).to.deep.equal([1, 0])
    expect(invites(first)[0]!.uri).to.equal('sip:112@desk.clinic.trunks')
  })

  it('says for how long it may ring, which an edge shares out among its trunks (RFC 3261 section 13.2.1)', async () => {
    refuses(first, 404)
    await call()
    await until(() => isSettled)
    expect(valueOf(invites(first)[0]!, 'Expires')).to.equal('20')
  })

  it('is asked for at the next edge when one says not a word for a second', async () => {
    refuses(second, 603)
    await call()
    await until(() => isSettled)
    expect(result).to.equal('Declined')
    const [at] = s.network.times('bot>edge-b INVITE')
    expect(at).to.be.within(1_000, 1_300)
  })

  it('is asked for at the next edge when one reaches no trunk: it may be cut off, and the other not', async () => {
    refuses(first, 503)
    refuses(second, 486)
    await call()
    await until(() => isSettled)
    expect(result).to.equal('Declined')
    expect([invites(first).length, invites(second).length]).to.deep.equal([1, 1])
  })

  it('is asked for at the next edge when one can not be reached', async () => {
    hosts = ['nobody', 'edge-b']
    refuses(second, 603)
    await call()
    await until(() => isSettled)
    expect(result).to.equal('Declined')
  })

  it('is asked for again while no trunk is free, for as long as patience lasts', async () => {
    refuses(first, 503)
    refuses(second, 503)
    await call({ retrySeconds: 15 })
    await until(() => isSettled)
    expect(result).to.equal('NoTrunk')
    const times = s.network.times('bot>edge-a INVITE')
    expect(times.length).to.be.within(5, 15)
    expect(times.at(-1)).to.be.within(12_000, 15_500)
  })

  it('is reached when a trunk is free again', async () => {
    let asked = 0
    first.on('INVITE', (invite) => first.answer(invite, ++asked < 3 ? 503 : 486))
    refuses(second, 503)
    await call({ retrySeconds: 30 })
    await until(() => isSettled)
    expect([result, asked]).to.deep.equal(['Declined', 3])
  })

  it('is not asked for again once the caller has gone', async () => {
    const gone = new AbortController()
    refuses(first, 503)
    refuses(second, 503)
    await call({ retrySeconds: 30, signal: gone.signal })
    await until(() => invites(first).length === 2)
    gone.abort()
    await until(() => isSettled)
    expect([result, invites(first).length]).to.deep.equal(['CalledOff', 2])
  })

  it('is never rung twice: an edge that has rung and then fails is the last', async () => {
    first.on('INVITE', (invite) => {
      first.answer(invite, 180)
      setImmediate(() => first.answer(invite, 503))
    })
    await call({ modes: ['Preferred'] })
    await until(() => isSettled)
    expect([offers(first), offers(second)]).to.deep.equal([['Secure'], []])
  })

  it('is offered plain RTP after 488 or 503, where a trunk asks for that', async () => {
    for (const status of [488, 503]) {
      s = stage('TCP')
      first = new RawCallee(s.network, 'edge-a')
      isSettled = false
      refuses(first, status)
      await call({ modes: ['Required', 'Preferred'] })
      await until(() => isSettled)
      expect(offers(first)).to.deep.equal(['Secure', 'Plain'])
      expect(String(invites(first)[1]!.body))
        .to.contain('RTP/AVP')
        .and.not.to.contain('crypto')
    }
  })

  it('is not offered plain RTP after any other answer', async () => {
    refuses(first, 486)
    await call({ modes: ['Preferred'] })
    await until(() => isSettled)
    expect(offers(first)).to.deep.equal(['Secure'])
  })

  it('is called for so long and no longer: then CANCEL', async () => {
    first.on('INVITE', (invite) => first.answer(invite, 180))
    await call()
    await until(() => isSettled)
    expect(result).to.equal('Unanswered')
    await until(() => first.requests('CANCEL').length === 1)
    expect(s.network.times('bot>edge-a CANCEL')[0]).to.be.within(20_000, 20_200)
    expect(invites(second)).to.have.length(0)
  })

  it('is not called any more when the caller has gone', async () => {
    const gone = new AbortController()
    first.on('INVITE', (invite) => first.answer(invite, 180))
    await call({ signal: gone.signal })
    await until(() => invites(first).length === 1)
    await s.clock.pass(100)
    gone.abort()
    await until(() => isSettled && first.requests('CANCEL').length === 1)
    expect(result).to.equal('CalledOff')
  })

  it('whose media can not be had is hung up', async () => {
    first.on('INVITE', (invite) => first.answer(invite, 200, ['Content-Type: application/sdp', '', 'this is no SDP']))
    await call()
    await until(() => isSettled && first.requests('BYE').length === 1)
    expect([party, result]).to.deep.equal([undefined, 'Declined'])
    expect(media.sessions).to.equal(0)
  })

  it('can not be called through an integration without trunks', async () => {
    await call({ integration: 'unknown' })
    await until(() => isSettled)
    expect(result).to.equal('NoTrunk')
    expect(invites(first)).to.have.length(0)
  })

  it('leaves no port taken, however it goes', async () => {
    refuses(first, 503)
    await call({ modes: ['Preferred'] })
    await until(() => isSettled)
    expect(media.sessions).to.equal(0)
  })
})
