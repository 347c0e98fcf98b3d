import { deriveKeys } from './derive.ts'
import { SrtcpSender } from './srtcp.ts'
import type { MasterKey } from './suites.ts'
import { rtpTransform, type RtpTransform } from './transform.ts'

/** Protects the packets of one stream that we send. */
export class SrtpSender {
  readonly master: MasterKey
  private readonly transform: RtpTransform
  private readonly rtcp: SrtcpSender
  private rollovers = 0
  private last = -1

  constructor(master: MasterKey, ssrc: number) {
    this.master = master
    this.transform = rtpTransform(master, deriveKeys(master, 'rtp'), ssrc)
    this.rtcp = new SrtcpSender(master)
  }

  /** Room that `protect` needs behind the packet. */
  get tagOctets(): number {
    return this.transform.tagOctets
  }

  /** Protects in place a packet whose sequence number is one more than that of the packet before. @returns its new end */
  protect(packet: Buffer, payload: number, end: number): number {
    const sequence = packet.readUInt16BE(2)
    if (sequence < this.last) this.rollovers++
    this.last = sequence
    return this.transform.protect(packet, payload, end, this.rollovers * 0x10000 + sequence)
  }

  /** Protects an RTCP packet that ends with the buffer. */
  protectRtcp(packet: Buffer): Buffer {
    return this.rtcp.protect(packet)
  }
}
