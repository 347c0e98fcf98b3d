import { EPOCH_1900_SECONDS, readRtcp, writeRtcp, type ReportBlock, type SentFigures } from '../../wire/rtcp/packet.ts'
import type { RtpSource } from '../../wire/rtp/source.ts'

/** RFC 3550 6.2: a report about every five seconds, by chance between half and one and a half times that. */
const INTERVAL_MS = 5_000
const COMPENSATION = 1.21828
const UNITS_PER_MS = 65.536
const JITTER_UNITS_PER_MS = 8

export interface RemoteView {
  readonly fractionLost: number
  readonly jitterMs: number
}

/** RTCP of one session: what we report, and what the other side reports of us. */
export class Reporter {
  roundTripMs: number | undefined
  remote: RemoteView | undefined
  private readonly ssrc: number
  private readonly random: (octets: number) => Buffer
  private readonly cname: string
  /** What turns monotonic into wall time: taken once, so that steps of the wall clock don't show in round trips. */
  private readonly wallOffset: number
  private nextAt: number
  private lastReport: { readonly ssrc: number; readonly ntpMiddle: number; readonly at: number } | undefined

  /** @param now, wall monotonic and epoch milliseconds of the same moment */
  constructor(o: { ssrc: number; random: (octets: number) => Buffer; now: number; wall: number }) {
    this.ssrc = o.ssrc
    this.random = o.random
    this.cname = o.random(12).toString('base64')
    this.wallOffset = o.wall - o.now
    this.nextAt = o.now + this.interval() / 2
  }

  isDue(now: number): boolean {
    return now >= this.nextAt
  }

  /** The compound packet that is due. @param sent undefined: nothing was sent */
  report(
    now: number,
    sent: Omit<SentFigures, 'wallMs'> | undefined,
    source: RtpSource | undefined,
    bye = false,
  ): Buffer {
    this.nextAt = now + this.interval()
    return writeRtcp({
      ssrc: this.ssrc,
      cname: this.cname,
      sent: sent === undefined ? undefined : { ...sent, wallMs: now + this.wallOffset },
      report: source?.isValid === true ? this.block(source, now) : undefined,
      bye,
    })
  }

  /** Takes a packet of the other side, in the clear. @returns undefined: malformed */
  receive(packet: Buffer, now: number): { readonly bye: boolean } | undefined {
    const rtcp = readRtcp(packet)
    if (rtcp === undefined) return undefined
    if (rtcp.senderReport !== undefined) {
      this.lastReport = { ssrc: rtcp.ssrc, ntpMiddle: rtcp.senderReport.ntpMiddle, at: now }
    }
    const ours = rtcp.reports.find(({ ssrc }) => ssrc === this.ssrc)
    if (ours !== undefined) this.learn(ours, now)
    return { bye: rtcp.bye }
  }

  private learn(block: ReportBlock, now: number): void {
    this.remote = { fractionLost: block.fractionLost / 256, jitterMs: block.jitter / JITTER_UNITS_PER_MS }
    if (block.lastSenderReport === 0) return
    const units = (this.ntpMiddle(now) - block.lastSenderReport - block.delaySinceLast) | 0
    // A negative one comes of a clock that rounds otherwise: next to nothing.
    this.roundTripMs = Math.max(0, units / UNITS_PER_MS)
  }

  private block(source: RtpSource, now: number): ReportBlock {
    const last = this.lastReport?.ssrc === source.ssrc ? this.lastReport : undefined
    return {
      ssrc: source.ssrc,
      ...source.report(),
      lastSenderReport: last?.ntpMiddle ?? 0,
      delaySinceLast: last === undefined ? 0 : Math.min(0xffffffff, Math.round((now - last.at) * UNITS_PER_MS)),
    }
  }

  /** The middle 32 bits of the NTP time: seconds modulo 2^16, and their fraction. */
  private ntpMiddle(now: number): number {
    const seconds = (now + this.wallOffset) / 1_000 + EPOCH_1900_SECONDS
    return Math.floor((seconds % 0x10000) * 0x10000) | 0
  }

  private interval(): number {
    return (INTERVAL_MS * (0.5 + this.random(2).readUInt16BE() / 0x10000)) / COMPENSATION
  }
}
