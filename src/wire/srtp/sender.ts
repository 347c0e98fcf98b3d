import { DerivedKeys } from './derive.ts'
import { SrtcpSender } from './srtcp.ts'
import { suites, type MasterKey } from './suites.ts'
import { rtpTransform, type RtpTransform } from './transform.ts'

/** Protects the packets of one stream that we send. */
export class SrtpSender {
  readonly master: MasterKey
  private readonly ssrc: number
  private readonly keys: DerivedKeys
  private made: RtpTransform | undefined
  private readonly rtcp: SrtcpSender
  private rollovers = 0
  private last = -1

  constructor(master: MasterKey, ssrc: number) {
    this.master = master
    this.ssrc = ssrc
    this.keys = new DerivedKeys(master)
    this.rtcp = new SrtcpSender(master, this.keys)
  }

  /** Room that `protect` needs behind the packet. */
  get tagOctets(): number {
    return suites[this.master.suite].tagOctets
  }

  /** Protects in place a packet whose sequence number is one more than that of the packet before. @returns its new end */
  protect(packet: Buffer, payload: number, end: number): number {
    const sequence = packet.readUInt16BE(2)
    if (sequence < this.last) this.rollovers++
    this.last = sequence
    return this.transform.protect(packet, payload, end, this.rollovers * 0x10000 + sequence)
  }

  private get transform(): RtpTransform {
    return (this.made ??= rtpTransform(this.master, this.keys.rtp, this.ssrc))
  }

  /** Protects an RTCP packet that ends with the buffer. */
  protectRtcp(packet: Buffer): Buffer {
    return this.rtcp.protect(packet)
  }
}
