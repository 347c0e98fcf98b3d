import { readEvent } from '../../wire/dtmf/telephone-event.ts'
import { DtmfReceiver } from '../../wire/dtmf/receiver.ts'
import { laws, type Law } from '../../wire/codec/g711.ts'
import { FRAME } from '../../wire/playout/frame.ts'
import { Playout } from '../../wire/playout/playout.ts'
import { cutPadding, emptyRtpHeader, readRtp } from '../../wire/rtp/packet.ts'
import { RtpSource } from '../../wire/rtp/source.ts'
import type { Agreement } from '../../wire/sdp/negotiate.ts'
import { SrtpReceiver } from '../../wire/srtp/receiver.ts'
import type { Reach } from '../../wire/sdp/address-policy.ts'
import type { ReceivingKey } from '../../wire/srtp/suites.ts'
import { SourceRule } from './source-filter.ts'
import type { DropReason } from './types.ts'

/** RFC 3551 6: comfort noise, which many send without having said so. */
const COMFORT_NOISE = 13
const SAMPLES_PER_MS = 8
/** A time in milliseconds as RTP counts it. */
export const inSamples = (ms: number) => Math.round(ms * SAMPLES_PER_MS) | 0

/** Lets in what comes from the other side, and nothing else; makes frames and key presses of it. */
export class Inbound {
  readonly playout = new Playout()
  packets = 0
  octets = 0
  /** The source that is heard. */
  source: RtpSource | undefined
  rule: SourceRule | undefined
  private readonly reach: Reach
  private readonly onDtmf: (digit: string) => void
  private readonly header = emptyRtpHeader()
  private readonly dtmf = new DtmfReceiver()
  private readonly voices = new Map<number, Law>()
  private eventType: number | undefined
  private eventEnd = 0
  private srtp: SrtpReceiver | undefined
  private candidate: RtpSource | undefined
  /** The other side may send. */
  listens = false
  /** Losses of sources that were heard before. */
  private lostBefore = 0

  constructor(reach: Reach, onDtmf: (digit: string) => void) {
    this.reach = reach
    this.onDtmf = onDtmf
  }

  /** From now on. The same key and address keep what is known of the stream: rollovers, replays, and where it comes from. */
  configure(agreed: Agreement): void {
    const { remote, crypto, direction } = agreed
    const isSameKey = sameKey(this.srtp?.key, crypto?.key)
    const isSamePlace = this.rule?.isFor(remote) === true
    if (!isSameKey) this.srtp = crypto === undefined ? undefined : new SrtpReceiver(crypto.key)
    if (!isSameKey || !isSamePlace) this.rule = new SourceRule(remote, crypto !== undefined, this.reach)
    this.voices.clear()
    for (const { codec, payloadType } of agreed.accepted) this.voices.set(payloadType, laws[codec])
    this.eventType = agreed.eventType
    this.listens = direction === 'sendrecv' || direction === 'recvonly'
  }

  /**
   * @param now monotonic milliseconds
   * @returns why the packet was dropped; undefined: it was let in
   */
  receive(packet: Buffer, address: string, port: number, now: number): DropReason | undefined {
    const { header, rule } = this
    if (rule === undefined || !this.listens) return 'notExpected'
    if (!rule.admits(address, port)) return 'foreignSource'
    if (!readRtp(packet, packet.length, header)) return 'malformed'
    if (this.srtp !== undefined) {
      const outcome = this.srtp.unprotect(packet, header)
      if (outcome !== 'authentic') return outcome
      rule.latch(address, port)
    }
    if (!cutPadding(packet, header)) return 'malformed'
    const refusal = this.attribute(header.ssrc, header.sequence)
    if (refusal !== undefined) return refusal
    if (!this.isKnownType(header.payloadType)) return 'payloadType'
    this.packets++
    this.octets += header.payloadEnd - header.payloadStart
    const at = inSamples(now)
    this.source!.arrived(at, header.timestamp)
    this.hear(packet, at)
    return undefined
  }

  /** Packets that were sent to us and never came. */
  get lost(): number {
    return this.lostBefore + (this.source?.lost ?? 0)
  }

  /** @returns the RTCP packet in the clear, or why it is not let in */
  openRtcp(packet: Buffer): Buffer | DropReason {
    return this.srtp === undefined ? packet : this.srtp.unprotectRtcp(packet)
  }

  private isKnownType(type: number): boolean {
    return this.voices.has(type) || type === this.eventType || type === COMFORT_NOISE
  }

  /** Whether a packet belongs to the source that is heard. Another takes its place only when it has proved itself (RFC 3550 A.1, 8.2). */
  private attribute(ssrc: number, sequence: number): DropReason | undefined {
    if (this.source?.ssrc === ssrc) {
      this.candidate = undefined
      return this.source.update(sequence) ? undefined : 'notValidated'
    }
    const isTrusted = this.srtp !== undefined && this.source === undefined
    if (this.candidate?.ssrc !== ssrc) this.candidate = new RtpSource(ssrc, isTrusted)
    if (!this.candidate.update(sequence)) return this.source === undefined ? 'notValidated' : 'foreignSsrc'
    this.lostBefore += this.source?.lost ?? 0
    this.source = this.candidate
    this.candidate = undefined
    this.playout.reset()
    this.dtmf.reset()
    return undefined
  }

  private hear(packet: Buffer, at: number): void {
    const { header } = this
    const law = this.voices.get(header.payloadType)
    if (law !== undefined) return this.playout.voice(packet, header, law.linear, at)
    if (header.payloadType !== this.eventType) return this.playout.comfort(packet[header.payloadStart] ?? 0x7f)
    const event = readEvent(packet, header.payloadStart, header.payloadEnd)
    if (event === undefined) return
    const key = this.dtmf.receive(event, header.timestamp, header.marker)
    // The end comes three times; what counts for the silence around a key is what is new.
    const end = (header.timestamp + event.duration) >>> 0
    if (((end - this.eventEnd) | 0) > 0 || key !== undefined) this.playout.quiet((end - FRAME) >>> 0, FRAME)
    this.eventEnd = end
    if (key !== undefined) this.onDtmf(key)
  }
}

function sameKey(one: ReceivingKey | undefined, other: ReceivingKey | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  const { master } = one
  return (
    master.suite === other.master.suite &&
    master.key.equals(other.master.key) &&
    master.salt.equals(other.master.salt) &&
    one.mki.equals(other.mki)
  )
}
