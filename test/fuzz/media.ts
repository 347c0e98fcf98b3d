import assert from 'node:assert/strict'
import { Inbound } from '../../src/telephony/media/inbound.ts'
import { encode, laws } from '../../src/wire/codec/g711.ts'
import { readRtcp, writeRtcp } from '../../src/wire/rtcp/packet.ts'
import { writeRtp } from '../../src/wire/rtp/packet.ts'
import { answerTo } from '../../src/wire/sdp/offer-answer.ts'
import { chooseFrom, type Agreement } from '../../src/wire/sdp/negotiate.ts'
import type { MediaPolicy } from '../../src/wire/sdp/policy.ts'
import { readSdp } from '../../src/wire/sdp/read.ts'
import type { Sdp } from '../../src/wire/sdp/sdp.ts'
import { writeSdp } from '../../src/wire/sdp/write.ts'
import { SrtpSender } from '../../src/wire/srtp/sender.ts'
import { keyingOctets, masterKey, suites, type Suite } from '../../src/wire/srtp/suites.ts'
import { plainAudio, reach, sdpOf, secureAudio, video } from '../harness/sdp.ts'
import { chance, mutate } from './mutate.ts'
import type { FuzzResult } from './sip.ts'
import { timed } from './timed.ts'

type Next = (below: number) => number

const STALL_MS = 20
const PEER = { address: '192.0.2.16', port: 40_562 }
/** A value that only what was protected with the key holds: hearing anything else means that something was forged. */
const VOICE = 3_000

/**
 * Sends mutated descriptions and packets (RTP, RTCP, SRTP, SRTCP) through all that a stranger's octets reach.
 * @throws Error with the seed and the octets, if one crashes, stalls, forges or makes us write what can't be read
 */
export function fuzzMedia(o: { messages: number; seed: number; onProgress?: (done: number) => void }): FuzzResult {
  const next = chance(o.seed)
  const feeds = [
    descriptions(next),
    ...[undefined, ...(Object.keys(suites) as Suite[])].map((suite) => packets(next, suite)),
  ]
  const outcomes: Record<string, number> = {}
  let slowestMs = 0
  for (let done = 0; done < o.messages; done++) {
    const { octets, run } = feeds[next(feeds.length)]!()
    try {
      const { result, ms } = timed(run)
      outcomes[result] = (outcomes[result] ?? 0) + 1
      slowestMs = Math.max(slowestMs, ms)
      assert(ms <= STALL_MS, `it took ${ms} ms`)
    } catch (cause) {
      throw new Error(`seed ${o.seed}, message ${done}: ${octets.toString('hex').slice(0, 4_000)}`, { cause })
    }
    if (done % 100_000 === 0) o.onProgress?.(done)
  }
  return { messages: o.messages, outcomes, slowestMs }
}

interface Case {
  readonly octets: Buffer
  readonly run: () => string
}

/** Offers, and what becomes of them under each policy. */
function descriptions(next: Next): () => Case {
  const corpus = [
    sdpOf(plainAudio('a=rtcp-mux')),
    sdpOf(secureAudio('a=sendonly', 'a=rtcp:5000')),
    sdpOf(video, plainAudio('c=IN IP6 2001:db8::7'), secureAudio('c=IN IP4 0.0.0.0')),
  ]
  const policies = (['Required', 'Preferred', 'Disabled'] as const).map((srtp): MediaPolicy => {
    return { srtp, codecs: ['PCMA', 'PCMU'] }
  })
  return () => {
    const octets = mutate(corpus, next)
    const policy = policies[next(policies.length)]!
    return { octets, run: () => negotiate(octets, policy) }
  }
}

const local = { address: '198.51.100.7', family: 4, port: 16_384, sessionId: '42', version: 3 } as const

function negotiate(octets: Buffer, policy: MediaPolicy): string {
  const offer = readSdp(octets)
  if ('kind' in offer) return 'SDP malformed'
  const agreed = chooseFrom(offer, policy, reach)
  if ('kind' in agreed) return `SDP refused ${agreed.warning}`
  assert(policy.srtp !== 'Required' || agreed.crypto !== undefined, 'Required took plain RTP')
  const key = agreed.crypto && masterKey(agreed.crypto.key.master.suite, Buffer.alloc(46))
  const again = readSdp(writeSdp(answerTo(offer, agreed, local, key))) as Sdp
  assert.equal(again.media?.length, offer.media.length, 'the answer is not one to the offer')
  return 'SDP answered'
}

/** Packets to one call, in its middle: what was said before is known, so that not all end at the first check. */
function packets(next: Next, suite: Suite | undefined): () => Case {
  const master = suite && masterKey(suite, Buffer.alloc(keyingOctets(suite), 3))
  const inbound = new Inbound(reach, () => {})
  inbound.configure(agreement(suite))
  const frame = new Int16Array(160)
  const corpus = sentBefore(master)
  const name = suite === undefined ? 'RTP' : 'SRTP'
  let turn = 0
  return () => {
    const isRtcp = next(4) === 0
    const sent = isRtcp ? corpus.rtcp : corpus.rtp
    const octets = change(sent, next)
    const run = () => {
      const outcome = isRtcp
        ? control(inbound, octets)
        : (inbound.receive(Buffer.from(octets), PEER.address, PEER.port, turn++) ?? 'heard')
      if (turn % 3 === 0) inbound.playout.next(frame, turn * 8)
      const forged = suite !== undefined && outcome === 'heard' && !sent.some((one) => one.equals(octets))
      assert(!forged, 'a forged packet was let in')
      return `${name}${isRtcp ? ' control' : ''} ${outcome}`
    }
    return { octets, run }
  }
}

function control(inbound: Inbound, octets: Buffer): string {
  const plain = inbound.openRtcp(Buffer.from(octets))
  if (typeof plain === 'string') return plain
  return readRtcp(plain) === undefined ? 'malformed' : 'heard'
}

function agreement(suite: Suite | undefined): Agreement {
  const keying = suite && Buffer.alloc(keyingOctets(suite), 3).toString('base64')
  const offer = suite === undefined ? plainAudio() : secureAudio(`a=crypto:1 ${suite} inline:${keying}`)
  return chooseFrom(readSdp(sdpOf(offer)) as Sdp, { srtp: 'Preferred', codecs: ['PCMA'] }, reach) as Agreement
}

/** What the other side sends: audio, keys, reports; protected if there is a key. */
function sentBefore(master: ReturnType<typeof masterKey> | undefined): { rtp: Buffer[]; rtcp: Buffer[] } {
  const sender = master && new SrtpSender(master, 77)
  const rtp = Array.from({ length: 40 }, (_, at) => {
    const isKey = at % 8 === 7
    const packet = Buffer.alloc(12 + (isKey ? 4 : 160) + 16)
    writeRtp(packet, {
      marker: at === 0,
      payloadType: isKey ? 101 : 8,
      sequence: 65_520 + at > 65_535 ? at - 16 : 65_520 + at,
      timestamp: at * 160,
      ssrc: 77,
    })
    if (isKey) packet.set([at % 16, 10, 1, 64], 12)
    else encode(laws.PCMA, new Int16Array(160).fill(VOICE), packet, 12)
    const end = packet.length - 16
    return packet.subarray(0, sender === undefined ? end : sender.protect(packet, 12, end))
  })
  const report = {
    ssrc: 5,
    fractionLost: 3,
    cumulativeLost: 9,
    extendedHighest: 7,
    jitter: 4,
    lastSenderReport: 1,
    delaySinceLast: 2,
  }
  const sent = { wallMs: 1e12, timestamp: 5, packets: 7, octets: 9 }
  const rtcp = [
    writeRtcp({ ssrc: 77, cname: 'abc', sent, report }),
    writeRtcp({ ssrc: 77, cname: 'defg', report, bye: true }),
  ]
  return { rtp, rtcp: sender === undefined ? rtcp : rtcp.map((packet) => sender.protectRtcp(packet)) }
}

/** One of them with up to three changes of its octets, or with none. */
function change(corpus: readonly Buffer[], next: Next): Buffer {
  let octets: Buffer = Buffer.from(corpus[next(corpus.length)]!)
  for (let left = next(4); left > 0; left--) {
    const at = next(octets.length + 1)
    const kind = next(5)
    if (kind === 0) octets = Buffer.from(octets.subarray(0, at))
    else if (kind === 1) octets = Buffer.concat([octets, Buffer.alloc(next(1_400), next(256))])
    else if (kind === 2 && at < 16 && at < octets.length) octets[at] = next(256)
    else if (at < octets.length) octets[at]! ^= 1 << next(8)
  }
  return octets
}
