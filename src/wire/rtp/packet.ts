/** An RTP packet's header (RFC 3550 5.1) and where its payload lies. One object is filled again and again: nothing is allocated per packet. */
export interface RtpHeader {
  hasPadding: boolean
  marker: boolean
  payloadType: number
  sequence: number
  timestamp: number
  ssrc: number
  payloadStart: number
  payloadEnd: number
}

export const RTP_HEADER_OCTETS = 12

export const emptyRtpHeader = (): RtpHeader => ({
  hasPadding: false,
  marker: false,
  payloadType: 0,
  sequence: 0,
  timestamp: 0,
  ssrc: 0,
  payloadStart: 0,
  payloadEnd: 0,
})

/** RTP and RTCP may share a port: the second octet tells them apart (RFC 5761 4). */
export function isRtcp(packet: Uint8Array): boolean {
  const type = packet[1] ?? 0
  return type >= 192 && type <= 223
}

/**
 * Reads the header of the packet that ends at `end`. Padding is left alone, since in SRTP it is still encrypted: see `cutPadding`.
 * @returns false: not RTP (RFC 3550 A.1)
 */
export function readRtp(packet: Buffer, end: number, into: RtpHeader): boolean {
  if (end < RTP_HEADER_OCTETS || packet.length < end) return false
  const first = packet[0]!
  if (first >> 6 !== 2) return false
  let start = RTP_HEADER_OCTETS + 4 * (first & 15)
  if ((first & 0x10) !== 0) {
    if (start + 4 > end) return false
    start += 4 + 4 * packet.readUInt16BE(start + 2)
  }
  if (start > end) return false
  into.hasPadding = (first & 0x20) !== 0
  into.marker = (packet[1]! & 0x80) !== 0
  into.payloadType = packet[1]! & 0x7f
  into.sequence = packet.readUInt16BE(2)
  into.timestamp = packet.readUInt32BE(4)
  into.ssrc = packet.readUInt32BE(8)
  into.payloadStart = start
  into.payloadEnd = end
  return true
}

/** Takes padding off the payload of a decrypted packet. @returns false: the packet claims more than it has */
export function cutPadding(packet: Buffer, header: RtpHeader): boolean {
  if (!header.hasPadding) return true
  const octets = header.payloadEnd > header.payloadStart ? packet[header.payloadEnd - 1]! : 0
  if (octets === 0 || octets > header.payloadEnd - header.payloadStart) return false
  header.payloadEnd -= octets
  return true
}

/** Writes a header without CSRCs, extension or padding. */
export function writeRtp(
  target: Buffer,
  header: Pick<RtpHeader, 'marker' | 'payloadType' | 'sequence' | 'timestamp' | 'ssrc'>,
): void {
  target[0] = 0x80
  target[1] = (header.marker ? 0x80 : 0) | header.payloadType
  target.writeUInt16BE(header.sequence, 2)
  target.writeUInt32BE(header.timestamp, 4)
  target.writeUInt32BE(header.ssrc, 8)
}
