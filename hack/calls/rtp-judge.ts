/** RTP streams of a capture, judged: what was lost on the way out, and how true the sender's clock is. Pure. */
import type { Packet } from './pcap.ts'

export interface RtpStream {
  from: string
  to: string
  packets: number
  /** Sequence numbers that never came out of the sender. */
  missing: number
  /** Seconds from the first packet to the last, by the witness's clock. */
  seconds: number
  /** By how much the sender's RTP clock runs faster than the witness's, as a fraction: 0.0005 is 0.05 %. */
  clockError: number
  /** The longest time between two packets, in milliseconds; 20 would be perfect. */
  longestGapMs: number
  /** With RTP headers. */
  octets: number
}

interface Counting {
  stream: RtpStream
  begin: number
  last: number
  /** The latest sequence number, how many there were from the first one to it, and the RTP time since the first one. */
  sequence: number
  span: number
  timestamp: number
  media: number
  fit: Fit
}

/** Sums of a straight line through (witness's time, media time), by least squares: single late packets don't count much. */
interface Fit {
  n: number
  x: number
  y: number
  xx: number
  xy: number
}

const CLOCK_RATE = 8000
const RTCP_TYPES = [200, 201, 202, 203, 204, 205, 206, 207]

/** Sequence numbers that never came out of the senders. */
export const missingIn = (streams: readonly RtpStream[]): number =>
  streams.reduce((sum, { missing }) => sum + missing, 0)

/** RTP version 2 (RFC 3550 5.1), and not RTCP, whose types a multiplexed port shows in the same place (RFC 5761 4). */
export const isRtp = ({ protocol, payload, size }: Packet) =>
  protocol === 'udp' &&
  size >= 12 &&
  payload.length >= 12 &&
  payload[0]! >> 6 === 2 &&
  !RTCP_TYPES.includes(payload[1]!)

/** One entry for each pair of addresses and SSRC, in order of their first packets. */
export function judgeRtp(packets: Iterable<Packet>): RtpStream[] {
  const streams = new Map<string, Counting>()
  for (const packet of packets) {
    if (!isRtp(packet)) continue
    const key = `${packet.from} ${packet.to} ${packet.payload.readUInt32BE(8)}`
    const known = streams.get(key)
    if (known) count(known, packet)
    else streams.set(key, begin(packet))
  }
  return [...streams.values()].map(({ stream, span, fit }) => ({
    ...stream,
    missing: span - stream.packets,
    clockError: slopeOf(fit) - 1,
  }))
}

function begin({ at, from, to, payload, size }: Packet): Counting {
  return {
    stream: { from, to, packets: 1, missing: 0, seconds: 0, clockError: 0, longestGapMs: 0, octets: size },
    ...{ begin: at, last: at, span: 1, media: 0 },
    ...{ sequence: payload.readUInt16BE(2), timestamp: payload.readUInt32BE(4) },
    fit: { n: 1, x: 0, y: 0, xx: 0, xy: 0 },
  }
}

function count(counting: Counting, { at, payload, size }: Packet): void {
  const { stream, fit } = counting
  stream.packets++
  stream.octets += size
  stream.longestGapMs = Math.max(stream.longestGapMs, (at - counting.last) * 1000)
  stream.seconds = at - counting.begin
  counting.last = at
  const step = signed16(payload.readUInt16BE(2) - counting.sequence)
  if (step <= 0) return // it came late: its number was passed already
  counting.media += ((payload.readUInt32BE(4) - counting.timestamp) | 0) / CLOCK_RATE
  counting.sequence = payload.readUInt16BE(2)
  counting.timestamp = payload.readUInt32BE(4)
  counting.span += step
  fit.n++
  fit.x += stream.seconds
  fit.y += counting.media
  fit.xx += stream.seconds ** 2
  fit.xy += stream.seconds * counting.media
}

const signed16 = (difference: number) => (difference << 16) >> 16

/** 1 when both clocks agree, or when there is nothing to compare. */
function slopeOf({ n, x, y, xx, xy }: Fit): number {
  const spread = n * xx - x * x
  return spread === 0 ? 1 : (n * xy - x * y) / spread
}
