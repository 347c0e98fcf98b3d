/** Captures in the classic pcap format, read packet by packet: they are larger than what one wants in memory. */
import { closeSync, openSync, readSync } from 'node:fs'

export interface Packet {
  /** Seconds since 1970. */
  at: number
  protocol: 'udp' | 'tcp'
  /** ADDRESS:PORT */
  from: string
  to: string
  /** What the capture kept of the payload. */
  payload: Buffer
  /** Octets that the payload had on the wire. */
  size: number
}

const FILE_HEADER = 24
const RECORD_HEADER = 16
/** Octets before the IP header by link type: Ethernet and Linux "cooked". */
const LINK_HEADER: Record<number, number> = { 1: 14, 113: 16, 276: 20 }

/** All IPv4 UDP and TCP packets of a capture that carry something. */
export function* packetsIn(file: string): Generator<Packet> {
  const fd = openSync(file, 'r')
  try {
    const read = reader(fd)
    const header = read(FILE_HEADER)
    if (header === undefined || ![0xa1b2c3d4, 0xa1b23c4d].includes(header.readUInt32LE(0)))
      throw new Error(`${file} is no pcap file`)
    const fraction = header.readUInt32LE(0) === 0xa1b23c4d ? 1e9 : 1e6
    const link = LINK_HEADER[header.readUInt32LE(20)]
    if (link === undefined) throw new Error(`${file} is of link type ${header.readUInt32LE(20)}`)
    for (let record = read(RECORD_HEADER); record; record = read(RECORD_HEADER)) {
      const at = record.readUInt32LE(0) + record.readUInt32LE(4) / fraction
      const frame = read(record.readUInt32LE(8))
      const packet = frame && parseIp(frame.subarray(link), at)
      if (packet) yield packet
    }
  } finally {
    closeSync(fd)
  }
}

/** IPv4 without options of ours to look at (RFC 791), then UDP (RFC 768) or TCP (RFC 9293). */
function parseIp(ip: Buffer, at: number): Packet | undefined {
  if (ip.length < 28 || ip[0]! >> 4 !== 4) return undefined
  const protocol = ip[9] === 17 ? 'udp' : ip[9] === 6 ? 'tcp' : undefined
  if (protocol === undefined) return undefined
  const transport = ip.subarray((ip[0]! & 15) * 4)
  const header = protocol === 'udp' ? 8 : (transport[12]! >> 4) * 4
  const size = ip.readUInt16BE(2) - (ip[0]! & 15) * 4 - header
  if (size <= 0) return undefined
  const address = (offset: number) => ip.subarray(offset, offset + 4).join('.')
  return {
    at,
    protocol,
    from: `${address(12)}:${transport.readUInt16BE(0)}`,
    to: `${address(16)}:${transport.readUInt16BE(2)}`,
    payload: transport.subarray(header, header + size),
    size,
  }
}

const BLOCK_OCTETS = 1 << 20

/** Reads so many octets at a time, or undefined at the end (also of a file that was cut off). */
function reader(fd: number): (octets: number) => Buffer | undefined {
  let block: Buffer = Buffer.alloc(BLOCK_OCTETS)
  let begin = 0
  let end = 0
  return (octets) => {
    if (end - begin < octets) {
      // A new one, since whoever keeps packets keeps parts of the old one.
      const next = Buffer.alloc(BLOCK_OCTETS)
      block.copy(next, 0, begin, end)
      block = next
      end -= begin
      begin = 0
      for (let got = 1; end < octets && got > 0; end += got) got = readSync(fd, block, end, block.length - end, null)
      if (end < octets) return undefined
    }
    begin += octets
    return block.subarray(begin - octets, begin)
  }
}
