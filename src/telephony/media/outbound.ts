import { DtmfSender, type EventPacket } from '../../wire/dtmf/sender.ts'
import { EVENT_OCTETS, writeEvent } from '../../wire/dtmf/telephone-event.ts'
import { encode, laws, type Law } from '../../wire/codec/g711.ts'
import { FRAME } from '../../wire/playout/frame.ts'
import { RTP_HEADER_OCTETS, writeRtp } from '../../wire/rtp/packet.ts'
import type { Agreement } from '../../wire/sdp/negotiate.ts'
import { SrtpSender } from '../../wire/srtp/sender.ts'
import type { MasterKey } from '../../wire/srtp/suites.ts'

/** A packet may wait in the system for as many ticks as there are buffers before the next one is written into its own. */
const BUFFERS = 8
const MOST_TAG_OCTETS = 16
const MOST_OCTETS = RTP_HEADER_OCTETS + FRAME + MOST_TAG_OCTETS

/** Makes the packets of one stream that we send: one a tick. */
export class Outbound {
  readonly ssrc: number
  readonly dtmf = new DtmfSender()
  packets = 0
  octets = 0
  private readonly memory = Buffer.alloc(BUFFERS * MOST_OCTETS)
  private readonly buffers = Array.from({ length: BUFFERS }, (_, at) =>
    this.memory.subarray(at * MOST_OCTETS, (at + 1) * MOST_OCTETS),
  )
  private turn = 0
  private sequence: number
  private readonly base: number
  private lastTick: number | undefined
  private eventStart = 0
  private agreed: Agreement | undefined
  private law: Law = laws.PCMA
  private srtp: SrtpSender | undefined

  /** @param random octets that can't be guessed (RFC 3550 5.1: sequence number and timestamp begin anywhere) */
  constructor(random: (octets: number) => Buffer) {
    this.ssrc = random(4).readUInt32BE()
    this.base = random(4).readUInt32BE()
    // Below half, so that a receiver who misses the first packets does not misjudge a rollover (RFC 3711 3.3.1).
    this.sequence = random(2).readUInt16BE() & 0x7fff
  }

  /** What goes out from now on. With the same key the protection goes on where it was: a counter must never be used twice. */
  configure(agreed: Agreement, key: MasterKey | undefined): void {
    this.agreed = agreed
    this.law = laws[agreed.codec]
    if (key === undefined) this.srtp = undefined
    else if (this.srtp?.master !== key) this.srtp = new SrtpSender(key, this.ssrc)
  }

  get sends(): boolean {
    return this.agreed?.direction === 'sendrecv' || this.agreed?.direction === 'sendonly'
  }

  /** Timestamp of a tick. */
  timestampOf(tick: number): number {
    return (this.base + tick * FRAME) >>> 0
  }

  /** The packet of this tick; undefined: we are not to send. Valid until as many ticks later as there are buffers. */
  packet(tick: number, frame: Int16Array | undefined): Buffer | undefined {
    if (this.agreed === undefined || !this.sends) return undefined
    const isFirst = this.lastTick !== tick - 1
    this.lastTick = tick
    const buffer = this.buffers[this.turn++ % BUFFERS]!
    const event = this.agreed.eventType === undefined ? undefined : this.dtmf.next()
    const end = event === undefined ? this.voice(buffer, tick, frame, isFirst) : this.event(buffer, tick, event)
    this.packets++
    this.octets += end - RTP_HEADER_OCTETS
    const whole = this.srtp === undefined ? end : this.srtp.protect(buffer, RTP_HEADER_OCTETS, end)
    return buffer.subarray(0, whole)
  }

  protectRtcp(packet: Buffer): Buffer {
    return this.srtp === undefined ? packet : this.srtp.protectRtcp(packet)
  }

  private voice(buffer: Buffer, tick: number, frame: Int16Array | undefined, marker: boolean): number {
    this.header(buffer, this.agreed!.payloadType, this.timestampOf(tick), marker)
    const end = RTP_HEADER_OCTETS + FRAME
    if (frame === undefined) buffer.fill(this.law.silence, RTP_HEADER_OCTETS, end)
    else encode(this.law, frame, buffer, RTP_HEADER_OCTETS)
    return end
  }

  private event(buffer: Buffer, tick: number, { payload, marker }: EventPacket): number {
    if (marker) this.eventStart = this.timestampOf(tick)
    this.header(buffer, this.agreed!.eventType!, this.eventStart, marker)
    writeEvent(buffer, RTP_HEADER_OCTETS, payload)
    return RTP_HEADER_OCTETS + EVENT_OCTETS
  }

  private header(buffer: Buffer, payloadType: number, timestamp: number, marker: boolean): void {
    writeRtp(buffer, { marker, payloadType, sequence: this.sequence, timestamp, ssrc: this.ssrc })
    this.sequence = (this.sequence + 1) & 0xffff
  }
}
