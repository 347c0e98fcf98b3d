/** Whether anybody on the wire could have read or heard a call. Pure. */
import { deflateRawSync } from 'node:zlib'
import type { Packet } from './pcap.ts'
import { isRtp } from './rtp-judge.ts'

export interface Secrecy {
  /** Pairs of addresses between which TLS records went, port 5061 or 5071 on one side. */
  tls: Set<string>
  /** Pairs of addresses between which RTP went, without ports. */
  media: Set<string>
  mediaPackets: number
  /** Packets in which something of SIP stands in clear. */
  readable: number
  /** Media packets that lack the tag which authenticates SRTP (RFC 3711 4.2). */
  untagged: number
  /** Octets that the media's payloads compress to, over what they had: 1 for noise, far less for A-law. */
  compressed: number
}

const SIP_PORTS = new Set(['5061', '5071'])
/** Content type, version 3.x: handshake and application data (RFC 8446 5.1). */
const isTlsRecord = (payload: Buffer) => payload[0]! >= 0x14 && payload[0]! <= 0x17 && payload[1] === 3
const SIP_WORDS = ['SIP/2.0', 'INVITE ', 'a=crypto', 'Call-ID', 'm=audio']
const HEADER = 12
const FRAME = 160
const TAG_80 = 10
/** So much distinguishes noise from speech. */
const SAMPLE_OCTETS = 4_000_000

export function judgeSecrecy(packets: Iterable<Packet>): Secrecy {
  const seen: Secrecy = { tls: new Set(), media: new Set(), mediaPackets: 0, readable: 0, untagged: 0, compressed: 0 }
  const sounds = new Map<string, Buffer>()
  let sampled = 0
  for (const packet of packets) {
    if (SIP_WORDS.some((word) => packet.payload.includes(word))) seen.readable++
    if (packet.protocol === 'tcp' && isSip(packet) && isTlsRecord(packet.payload)) seen.tls.add(pairOf(packet))
    if (!isRtp(packet)) continue
    seen.mediaPackets++
    seen.media.add(pairOf(packet))
    if ((packet.payload[1]! & 0x7f) === 8 && packet.size < HEADER + FRAME + TAG_80) seen.untagged++
    if (sampled > SAMPLE_OCTETS) continue
    // A packet passes several interfaces: once is enough, since copies compress.
    sounds.set(
      `${packet.from} ${packet.payload.toString('latin1', 0, HEADER)}`,
      Buffer.from(packet.payload.subarray(HEADER)),
    )
    sampled += packet.payload.length - HEADER
  }
  const sound = Buffer.concat([...sounds.values()])
  return { ...seen, compressed: sound.length === 0 ? 0 : deflateRawSync(sound).length / sound.length }
}

const portOf = (address: string) => address.split(':')[1]!
const isSip = ({ from, to }: Packet) => SIP_PORTS.has(portOf(from)) || SIP_PORTS.has(portOf(to))
const hostOf = (address: string) => address.split(':')[0]!
/** The same in both directions. */
export const pairOf = ({ from, to }: Pick<Packet, 'from' | 'to'>) => [hostOf(from), hostOf(to)].sort().join(' ')
