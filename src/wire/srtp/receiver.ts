import type { RtpHeader } from '../rtp/packet.ts'
import { DerivedKeys } from './derive.ts'
import { ReplayWindow } from './replay.ts'
import { SrtcpReceiver } from './srtcp.ts'
import { suites, type ReceivingKey } from './suites.ts'
import { rtpTransform, type RtpTransform } from './transform.ts'

export type SrtpOutcome = 'authentic' | 'unauthenticated' | 'replayed' | 'keyExpired'

interface Stream {
  readonly transform: RtpTransform
  readonly window: ReplayWindow
}

/** Streams of one key that are remembered. A sender has one, and another after it changed its SSRC. */
const MOST_STREAMS = 4
/** Rollover counters that a first packet may have: we may join when the sequence number has wrapped, and nothing tells how often. */
const FIRST_ROLLOVERS = 4

/** Verifies and decrypts the packets that the other side sends. */
export class SrtpReceiver {
  readonly key: ReceivingKey
  private readonly keys: DerivedKeys
  private readonly streams = new Map<number, Stream>()
  private readonly rtcp: SrtcpReceiver
  private packets = 0

  constructor(key: ReceivingKey) {
    this.key = key
    this.keys = new DerivedKeys(key.master)
    this.rtcp = new SrtcpReceiver(key, this.keys)
  }

  /** Decrypts the packet in place if it is authentic and new, and moves `header.payloadEnd` before its tag. */
  unprotect(packet: Buffer, header: RtpHeader): SrtpOutcome {
    if (this.packets >= this.key.lifetime) return 'keyExpired'
    const known = this.streams.get(header.ssrc)
    // An SSRC that is not known yet is made at most so often; a stranger can't make us forget one, as only authentic packets are kept.
    const stream = known ?? this.open(header.ssrc)
    const end = this.cutMki(packet, header.payloadEnd, stream.transform.tagOctets)
    if (end - stream.transform.tagOctets < header.payloadStart) return 'unauthenticated'
    const outcome = this.find(packet, header, end, stream)
    if (outcome !== 'authentic') return outcome
    if (known === undefined) {
      if (this.streams.size >= MOST_STREAMS) return 'unauthenticated'
      this.streams.set(header.ssrc, stream)
    }
    this.packets++
    header.payloadEnd = end - stream.transform.tagOctets
    return 'authentic'
  }

  /** @returns the packet without what protected it, or why it is not let in */
  unprotectRtcp(packet: Buffer): Buffer | Exclude<SrtpOutcome, 'authentic'> {
    return this.rtcp.unprotect(packet)
  }

  private find(packet: Buffer, header: RtpHeader, end: number, { transform, window }: Stream): SrtpOutcome {
    let outcome: SrtpOutcome = 'unauthenticated'
    for (let attempt = 0; ; attempt++) {
      const index = candidate(header.sequence, window.highest, attempt)
      if (index === undefined) return outcome
      if (window.isReplay(index)) {
        outcome = 'replayed'
        continue
      }
      if (!transform.verify(packet, header.payloadStart, end, index)) continue
      transform.decrypt(packet, header.payloadStart, end, index)
      window.record(index)
      return 'authentic'
    }
  }

  private open(ssrc: number): Stream {
    return { transform: rtpTransform(this.key.master, this.keys.rtp, ssrc), window: new ReplayWindow() }
  }

  /** Takes out the master key identifier: before the tag, but behind that of AEAD (RFC 7714 8.2). @returns the new end; 0: it is not ours */
  private cutMki(packet: Buffer, end: number, tagOctets: number): number {
    const { mki, master } = this.key
    if (mki.length === 0) return end
    const at = end - mki.length - (suites[master.suite].aead ? 0 : tagOctets)
    if (at < 0 || !packet.subarray(at, at + mki.length).equals(mki)) return 0
    packet.copyWithin(at, at + mki.length, end)
    return end - mki.length
  }
}

/**
 * An index that a packet with this sequence number may have (RFC 3711 3.3.1).
 * @param attempt 0: the likeliest
 * @returns undefined: there are no more
 */
function candidate(sequence: number, highest: number, attempt: number): number | undefined {
  if (highest < 0) return attempt < FIRST_ROLLOVERS ? attempt * 0x10000 + sequence : undefined
  const rollovers = Math.floor(highest / 0x10000)
  const last = highest % 0x10000
  let guess = rollovers
  if (last < 0x8000 && sequence - last > 0x8000) guess = rollovers - 1
  else if (last >= 0x8000 && last - sequence > 0x8000) guess = rollovers + 1
  if (attempt === 0 && guess >= 0) return guess * 0x10000 + sequence
  // After a silence of more than half a round the guess is one round too low.
  const isLeft = guess <= rollovers && attempt === (guess < 0 ? 0 : 1)
  return isLeft ? (rollovers + 1) * 0x10000 + sequence : undefined
}
