import type { ReceptionFigures } from '../rtp/source.ts'

/** A report on what its sender hears of one source (RFC 3550 6.4.1). */
export interface ReportBlock extends ReceptionFigures {
  readonly ssrc: number
  /** Middle 32 bits of the NTP time of the last sender report that came, and the time since then, in 1/65536 s. */
  readonly lastSenderReport: number
  readonly delaySinceLast: number
}

export interface SenderReport {
  /** Middle 32 bits of the NTP time at which it was sent. */
  readonly ntpMiddle: number
}

/** What we use of a compound packet. */
export interface Rtcp {
  /** SSRC of its sender. */
  readonly ssrc: number
  readonly senderReport: SenderReport | undefined
  readonly reports: readonly ReportBlock[]
  readonly bye: boolean
}

const SR = 200
const RR = 201
const SDES = 202
const BYE = 203
const BLOCK_OCTETS = 24
const CNAME = 1

/** @returns undefined: no valid compound packet (RFC 3550 A.2) */
export function readRtcp(packet: Buffer): Rtcp | undefined {
  if (packet.length < 8 || (packet[1] !== SR && packet[1] !== RR)) return undefined
  const ssrc = packet.readUInt32BE(4)
  let senderReport: SenderReport | undefined
  const reports: ReportBlock[] = []
  let bye = false
  for (let at = 0; at < packet.length;) {
    const end = partEnd(packet, at)
    if (end === undefined) return undefined
    const part = packet.subarray(at, end)
    const count = part[0]! & 31
    if (part[1] === SR || part[1] === RR) {
      const blocksAt = part[1] === SR ? 28 : 8
      if (blocksAt + count * BLOCK_OCTETS > part.length) return undefined
      if (part[1] === SR) senderReport = { ntpMiddle: part.readUInt32BE(10) }
      for (let block = 0; block < count; block++) reports.push(readBlock(part, blocksAt + block * BLOCK_OCTETS))
    } else if (part[1] === BYE) {
      if (4 + 4 * count > part.length) return undefined
      for (let source = 0; source < count; source++) bye ||= part.readUInt32BE(4 + 4 * source) === ssrc
    }
    at = end
  }
  return { ssrc, senderReport, reports, bye }
}

/** Where the packet that begins at `at` ends. Only the last one of a compound may have padding. */
function partEnd(packet: Buffer, at: number): number | undefined {
  if (at + 4 > packet.length || packet[at]! >> 6 !== 2) return undefined
  const end = at + 4 + 4 * packet.readUInt16BE(at + 2)
  if (end > packet.length) return undefined
  const type = packet[at + 1]!
  if ((type === SR || type === RR) && end - at < 8) return undefined
  if ((packet[at]! & 0x20) !== 0 && end !== packet.length) return undefined
  return end
}

function readBlock(part: Buffer, at: number): ReportBlock {
  return {
    ssrc: part.readUInt32BE(at),
    fractionLost: part[at + 4]!,
    cumulativeLost: part.readIntBE(at + 5, 3),
    extendedHighest: part.readUInt32BE(at + 8),
    jitter: part.readUInt32BE(at + 12),
    lastSenderReport: part.readUInt32BE(at + 16),
    delaySinceLast: part.readUInt32BE(at + 20),
  }
}

/** What we say about the stream that we send. */
export interface SentFigures {
  /** Epoch milliseconds. */
  readonly wallMs: number
  readonly timestamp: number
  readonly packets: number
  readonly octets: number
}

/** A compound packet: SR, or RR if nothing was sent, then SDES with our CNAME, and BYE if we leave (RFC 3550 6.1). */
export function writeRtcp(o: {
  ssrc: number
  /** A name that tells nothing of the one who has it (RFC 7022). */
  cname: string
  sent?: SentFigures | undefined
  report?: ReportBlock | undefined
  bye?: boolean
}): Buffer {
  const report = o.sent === undefined ? receiverReport(o.ssrc, o.report) : senderReport(o.ssrc, o.sent, o.report)
  return Buffer.concat([report, description(o.ssrc, o.cname), ...(o.bye === true ? [goodbye(o.ssrc)] : [])])
}

/** From the beginning of NTP's time to that of Unix. */
export const EPOCH_1900_SECONDS = 2_208_988_800

function senderReport(ssrc: number, sent: SentFigures, report: ReportBlock | undefined): Buffer {
  const part = begin(SR, ssrc, 28, report)
  const seconds = Math.floor(sent.wallMs / 1_000)
  part.writeUInt32BE((seconds + EPOCH_1900_SECONDS) % 0x100000000, 8)
  part.writeUInt32BE(Math.floor(((sent.wallMs - seconds * 1_000) / 1_000) * 0x100000000), 12)
  part.writeUInt32BE(sent.timestamp, 16)
  part.writeUInt32BE(sent.packets % 0x100000000, 20)
  part.writeUInt32BE(sent.octets % 0x100000000, 24)
  return part
}

const receiverReport = (ssrc: number, report: ReportBlock | undefined) => begin(RR, ssrc, 8, report)

function begin(type: number, ssrc: number, octets: number, report: ReportBlock | undefined): Buffer {
  const part = Buffer.alloc(octets + (report === undefined ? 0 : BLOCK_OCTETS))
  part[0] = 0x80 | (report === undefined ? 0 : 1)
  part[1] = type
  part.writeUInt16BE(part.length / 4 - 1, 2)
  part.writeUInt32BE(ssrc, 4)
  if (report === undefined) return part
  part.writeUInt32BE(report.ssrc, octets)
  part[octets + 4] = report.fractionLost
  part.writeIntBE(report.cumulativeLost, octets + 5, 3)
  part.writeUInt32BE(report.extendedHighest, octets + 8)
  part.writeUInt32BE(report.jitter, octets + 12)
  part.writeUInt32BE(report.lastSenderReport, octets + 16)
  part.writeUInt32BE(report.delaySinceLast, octets + 20)
  return part
}

function description(ssrc: number, cname: string): Buffer {
  const name = Buffer.from(cname)
  // The list of items ends with a zero at least, and the packet with a whole word (RFC 3550 6.5).
  const part = Buffer.alloc(Math.ceil((8 + 2 + name.length + 1) / 4) * 4)
  part[0] = 0x81
  part[1] = SDES
  part.writeUInt16BE(part.length / 4 - 1, 2)
  part.writeUInt32BE(ssrc, 4)
  part[8] = CNAME
  part[9] = name.length
  name.copy(part, 10)
  return part
}

function goodbye(ssrc: number): Buffer {
  const part = Buffer.alloc(8)
  part[0] = 0x81
  part[1] = BYE
  part.writeUInt16BE(1, 2)
  part.writeUInt32BE(ssrc, 4)
  return part
}
