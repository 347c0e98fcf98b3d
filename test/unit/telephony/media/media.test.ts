import { expect } from 'chai'
import { createSocket } from 'node:dgram'
import { systemClock } from '../../../../src/runtime/system-clock.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { createMedia } from '../../../../src/telephony/media/media.ts'
import type { Media, MediaAnswer, MediaOffer, MediaSession } from '../../../../src/telephony/media/types.ts'
import { laws } from '../../../../src/wire/codec/g711.ts'
import type { MediaPolicy } from '../../../../src/wire/sdp/policy.ts'
import { suites, type Suite } from '../../../../src/wire/srtp/suites.ts'
import { eventually } from '../../../harness/eventually.ts'
import { rtpPeer, type RtpPeer } from '../../../harness/rtp-peer.ts'
import { pause } from '../../../../src/runtime/clock.ts'

const wait = (ms: number) => pause(systemClock, ms)
const policy = (srtp: MediaPolicy['srtp']): MediaPolicy => ({ srtp, codecs: ['PCMA', 'PCMU'] })

describe('media of a call', () => {
  let media: Media
  const peers: RtpPeer[] = []
  beforeEach(() => {
    media = createMedia({
      address: '127.0.0.1',
      ports: { from: 28_000, to: 28_007 },
      inactivityMs: 200,
      clock: systemClock,
      log: silent,
    })
  })
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.close()
    await media.close()
    expect(media.sessions).to.equal(0)
  })

  interface Call {
    peer: RtpPeer
    session: MediaSession
    /** Last sample of each frame that was heard as voice: where one was lost before, the first ones blend into it. */
    heard: number[]
    keys: string[]
    told: string[]
  }

  async function call(
    suite?: Suite,
    o: { lines?: string[]; say?: Int16Array; onFrame?: () => void } = {},
  ): Promise<Call> {
    const peer = await rtpPeer(suite)
    peers.push(peer)
    const [heard, keys, told]: [number[], string[], string[]] = [[], [], []]
    const answer = (await media.answer(
      peer.offer(...(o.lines ?? [])),
      policy(suite === undefined ? 'Disabled' : 'Required'),
      {
        onFrame: (frame, { kind }) => {
          if (kind === 'Voice') heard.push(frame[159]!)
          if (o.say !== undefined) session.send(o.say)
          o.onFrame?.()
        },
        onDtmf: (digit) => keys.push(digit),
        onInactive: () => told.push('inactive'),
        onBye: () => told.push('bye'),
      },
    )) as MediaAnswer
    expect(answer.kind).to.equal('answered')
    const { session, body } = answer
    peer.answered(body)
    session.start()
    return { peer, session, heard, keys, told }
  }

  /** Audio of one value, every 20 ms, until so many frames of voice were heard: a busy machine takes longer. */
  async function talkUntilHeard({ peer, heard }: Call, value: number, frames: number): Promise<void> {
    const enough = heard.length + frames
    for (let turn = 0; turn < 300 && heard.length < enough; turn++) await talk(peer, value, 1)
    expect(heard.length).to.be.at.least(enough)
  }

  /** Audio of one value, every 20 ms, so often. */
  async function talk(peer: RtpPeer, value: number, times: number, between: () => void = () => {}): Promise<void> {
    for (let turn = 0; turn < times; turn++) {
      peer.send(value)
      between()
      await wait(20)
    }
  }

  const coded = (value: number) => laws.PCMA.linear[laws.PCMA.octets[value & 0xffff]!]!

  for (const suite of [undefined, ...(Object.keys(suites) as Suite[])]) {
    it(`goes both ways over ${suite ?? 'plain RTP'}`, async () => {
      const one = await call(suite, { say: new Int16Array(160).fill(5_000) })
      const { peer, session, heard } = one
      expect(session.suite).to.equal(suite)
      await talkUntilHeard(one, 3_000, 8)
      await eventually(() => expect(peer.heard.length).to.be.above(8))
      expect(new Set(heard)).to.deep.equal(new Set([coded(3_000)]))
      const [first] = peer.heard
      expect(first).to.deep.include({ payloadType: 8, marker: true })
      // Where the machine stood still, a talkspurt begins again.
      const at = peer.heard.findIndex(({ marker }) => !marker)
      const [before, after] = [peer.heard[at - 1]!, peer.heard[at]!]
      expect(after.sequence).to.equal(before.sequence + 1)
      expect((after.timestamp - before.timestamp) >>> 0).to.equal(160)
      expect(new Set(first!.payload)).to.deep.equal(new Set([laws.PCMA.octets[5_000]]))
      expect(session.statistics().lostPackets).to.equal(0)
      // In the clear only where it was agreed so.
      const isPlain = peer.received.some((octets) => octets.includes(Buffer.alloc(100, laws.PCMA.octets[5_000])))
      expect(isPlain).to.equal(suite === undefined)
    })
  }

  it('plain RTP: hears nothing and sends nothing to who is not in the SDP, however much comes (N16)', async () => {
    const { peer, session, heard } = await call(undefined, { say: new Int16Array(160).fill(5_000) })
    const stranger = await rtpPeer()
    peers.push(stranger)
    const port = Number(/m=audio (\d+)/.exec((await reanswer(session, peer.offer())).toString())![1])
    stranger.answered(Buffer.from(`v=0\r\nm=audio ${port} RTP/AVP 8\r\n`))
    const before = peer.received.length
    await talk(peer, 3_000, 15, () => {
      for (let turn = 0; turn < 50; turn++) stranger.send(-9_000, { ssrc: turn % 2 === 0 ? 77 : 78 })
    })
    expect(new Set(heard)).to.deep.equal(new Set([coded(3_000)]))
    expect(stranger.received).to.have.length(0)
    expect(session.statistics().dropped.foreignSource).to.be.above(500)
    await eventually(() => expect(peer.received.length - before).to.be.above(8))
  })

  it('SRTP: a stranger who comes first, or sprays, neither draws the stream to himself nor is heard (N16)', async () => {
    const { peer, session, heard } = await call('AES_CM_128_HMAC_SHA1_80', { say: new Int16Array(160).fill(5_000) })
    const stranger = await rtpPeer('AES_CM_128_HMAC_SHA1_80')
    peers.push(stranger)
    const port = Number(/m=audio (\d+)/.exec((await reanswer(session, peer.offer())).toString())![1])
    const wrong = (packet: Buffer) => packet.fill(1, 20)
    const spray = () => {
      for (let turn = 0; turn < 50; turn++) stranger.send(-9_000, { change: wrong })
    }
    stranger.answered(Buffer.from(`v=0\r\nm=audio ${port} RTP/AVP 8\r\n`))
    spray()
    await wait(30)
    await talk(peer, 3_000, 15, spray)
    expect(new Set(heard)).to.deep.equal(new Set([coded(3_000)]))
    expect(stranger.received).to.have.length(0)
    const { dropped } = session.statistics()
    expect(dropped.unauthenticated).to.be.within(50, 150)
    expect(dropped.foreignSource).to.be.above(500)
  })

  it('SRTP: a packet that is sent again is heard once', async () => {
    const { peer, session } = await call('AEAD_AES_128_GCM')
    const copies: Buffer[] = []
    for (let turn = 0; turn < 5; turn++) {
      peer.send(3_000, { change: (packet) => (copies.push(packet), packet) })
      await wait(20)
    }
    for (const copy of copies) peer.raw(copy)
    await wait(20)
    expect(session.statistics()).to.deep.include({ receivedPackets: 5 })
    expect(session.statistics().dropped.replayed).to.equal(5)
  })

  it('takes up another SSRC of the same sender only when two packets of it came in a row', async () => {
    const { peer, session, heard } = await call()
    await talk(peer, 3_000, 5)
    peer.send(-9_000, { ssrc: 5 })
    await talk(peer, 3_000, 5)
    expect(session.statistics().dropped.foreignSsrc).to.equal(1)
    expect(heard.includes(coded(-9_000))).to.equal(false)
    for (let turn = 0; turn < 100 && !heard.includes(coded(-9_000)); turn++) {
      peer.send(-9_000, { ssrc: 5 })
      await wait(20)
    }
    expect(heard.includes(coded(-9_000))).to.equal(true)
  })

  it('hears keys once each, and presses keys that the other side hears', async () => {
    const { peer, session, keys } = await call()
    expect(session.takesEvents).to.equal(true)
    expect(session.sendDtmf('5#')).to.equal(true)
    await talk(peer, 100, 25)
    const events = peer.heard.filter(({ payloadType }) => payloadType === 101)
    expect(events.map(({ payload }) => payload[0])).to.deep.equal([...Array(7).fill(5), ...Array(7).fill(11)])
    expect(new Set(events.map(({ timestamp }) => timestamp)).size).to.equal(2)
    expect(events.filter(({ marker }) => marker)).to.have.length(2)
    // The same packets sent back are those of a telephone that presses them.
    for (const event of events) {
      const packet = Buffer.alloc(16)
      packet.writeUInt32BE(0x80650000)
      packet.writeUInt16BE(200 + event.sequence - events[0]!.sequence, 2)
      packet.writeUInt32BE(event.timestamp, 4)
      packet.writeUInt32BE(77, 8)
      event.payload.copy(packet, 12)
      peer.raw(packet)
      await wait(2)
    }
    expect(keys).to.deep.equal(['5', '#'])
  })

  it('sends nothing while it is held, and goes on afterwards (RFC 3264 8.4)', async () => {
    const { peer, session } = await call('AES_CM_128_HMAC_SHA1_80', { say: new Int16Array(160).fill(5_000) })
    await talk(peer, 100, 5)
    const held = await reanswer(session, peer.offer('a=sendonly'))
    expect(held.toString())
      .to.contain('a=recvonly')
      .and.match(/o=- \d+ 1 IN/)
    expect(session.isHeld).to.equal(true)
    await wait(30)
    const count = peer.heard.length
    await wait(100)
    expect(peer.heard.length).to.equal(count)
    const resumed = await reanswer(session, peer.offer())
    expect(resumed.toString()).to.match(/o=- \d+ 2 IN/)
    expect(/inline:(\S+)/.exec(resumed.toString())![1]).to.equal(/inline:(\S+)/.exec(held.toString())![1])
    // The same key goes on counting, else these would be replays.
    await eventually(() => expect(peer.heard.length).to.be.above(count + 2))
    expect(peer.heard[count]!.marker).to.equal(true)
  })

  it('does not play what came before it was started', async () => {
    const peer = await rtpPeer()
    peers.push(peer)
    const heard: number[] = []
    const { session, body } = (await media.answer(peer.offer(), policy('Disabled'), {
      onFrame: (frame, { kind }) => kind === 'Voice' && heard.push(frame[159]!),
    })) as MediaAnswer
    peer.answered(body)
    await talk(peer, -9_000, 15)
    session.start()
    await talkUntilHeard({ peer, session, heard, keys: [], told: [] }, 3_000, 3)
    expect(heard.includes(coded(-9_000))).to.equal(false)
  })

  it('refuses a new offer that would take the protection away, and goes on as it was', async () => {
    const one = await call('AEAD_AES_256_GCM')
    const { session } = one
    const plain = await rtpPeer()
    peers.push(plain)
    expect(session.reanswer(plain.offer())).to.deep.include({ kind: 'refused', status: 488 })
    expect(session.reanswer(Buffer.from('x'))).to.deep.include({ kind: 'refused', status: 400 })
    await talkUntilHeard(one, 3_000, 3)
  })

  it('takes no plain offer for a call that is protected, though the policy would have taken one at its beginning', async () => {
    const [secure, plain] = [await rtpPeer('AES_CM_128_HMAC_SHA1_80'), await rtpPeer()]
    peers.push(secure, plain)
    const { session } = (await media.answer(secure.offer(), policy('Preferred'), { onFrame: () => {} })) as MediaAnswer
    expect(session.suite).to.equal('AES_CM_128_HMAC_SHA1_80')
    expect(session.reanswer(plain.offer())).to.deep.include({ kind: 'refused', status: 488 })
    expect(session.suite).to.equal('AES_CM_128_HMAC_SHA1_80')
  })

  it('tells once that nothing comes, and again after something came', async () => {
    const { peer, told } = await call()
    await wait(600)
    expect(told).to.deep.equal(['inactive'])
    await talk(peer, 1, 4)
    await wait(300)
    expect(told).to.deep.equal(['inactive', 'inactive'])
  })

  it('measures by RTCP what both sides lose and how long the way is, and hears a BYE', async () => {
    const other = createMedia({
      address: '127.0.0.1',
      ports: { from: 28_100, to: 28_101 },
      clock: systemClock,
      log: silent,
    })
    const handlers = { onFrame: () => {} }
    const offered = (await other.offer(policy('Required'), handlers)) as MediaOffer
    const told: string[] = []
    const answer = (await media.answer(offered.body, policy('Required'), {
      ...handlers,
      onBye: () => told.push('bye'),
    })) as MediaAnswer
    expect(offered.session.complete(answer.body)).to.equal(undefined)
    offered.session.start()
    answer.session.start()
    // A report of each after half an interval, and then one that answers the other's.
    await eventually(() => expect(answer.session.statistics().roundTripMs).to.be.within(0, 50), 15)
    expect(answer.session.statistics().remote!.fractionLost).to.equal(0)
    await other.close()
    await eventually(() => expect(told).to.deep.equal(['bye']), 2)
  }).timeout(20_000)

  it('keeps no port that was asked for just before it closed, so that the process can end', async () => {
    const under = [media.offer(policy('Disabled'), { onFrame: () => {} }), call().catch(() => undefined)] as const
    await media.close()
    expect((await under[0]).kind).to.equal('refused')
    await under[1]
    await eventually(() => expect(media.sessions).to.equal(0))
    for (let port = 28_000; port < 28_008; port++) {
      const socket = createSocket('udp4')
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject).bind({ port, address: '127.0.0.1', exclusive: true }, resolve)
      })
      socket.close()
    }
  })

  it('a handler that fails costs neither its call nor another', async () => {
    const { peer } = await call(undefined, {
      onFrame: () => {
        throw new Error('a bug')
      },
    })
    const { peer: second } = await call()
    await eventually(() => expect(peer.heard.length).to.be.above(4))
    await eventually(() => expect(second.heard.length).to.be.above(4))
  })

  it('an owner that sends nonsense spoils its own call only', async () => {
    const { session } = await call(undefined, { say: null as never })
    const { peer } = await call()
    await eventually(() => expect(peer.heard.length).to.be.above(4))
    expect(session.statistics().sentPackets).to.equal(0)
  })

  async function reanswer(session: MediaSession, offer: Buffer): Promise<Buffer> {
    const result = session.reanswer(offer)
    expect(result.kind).to.equal('answered')
    return (result as { body: Buffer }).body
  }
})
