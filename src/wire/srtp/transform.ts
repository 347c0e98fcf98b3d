import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { SessionKeys } from './derive.ts'
import type { HmacSha1 } from './hmac-sha1.ts'
import { Keystream } from './keystream.ts'
import { suites, type MasterKey, type Suite } from './suites.ts'

/**
 * How RTP packets of one SSRC are protected. Works in place; the packet's buffer must have room for the tag behind `end`. `index` is the
 * rollover counter * 2^16 + the sequence number (RFC 3711 3.3.1).
 */
export interface RtpTransform {
  readonly tagOctets: number
  /** @param payload where the payload begins. @returns the end of the protected packet */
  protect(packet: Buffer, payload: number, end: number, index: number): number
  /**
   * Whether the packet is authentic with this index. Only then may `decrypt` follow: it changes the packet. AEAD does both at once.
   * @param end where the packet with its tag ends
   */
  verify(packet: Buffer, payload: number, end: number, index: number): boolean
  decrypt(packet: Buffer, payload: number, end: number, index: number): void
}

export function rtpTransform(master: MasterKey, keys: SessionKeys, ssrc: number): RtpTransform {
  return suites[master.suite].aead
    ? new GcmTransform(master.suite, keys)
    : new CounterTransform(master.suite, keys, ssrc)
}

/** AES_CM with HMAC-SHA1 (RFC 3711 4.1.1 and 4.2). */
class CounterTransform implements RtpTransform {
  readonly tagOctets: number
  private readonly keystream: Keystream
  private readonly hmac: HmacSha1

  constructor(suite: Suite, keys: SessionKeys, ssrc: number) {
    this.tagOctets = suites[suite].tagOctets
    this.keystream = new Keystream(keys.cipherKey, keys.salt, ssrc)
    this.hmac = keys.mac!
  }

  protect(packet: Buffer, payload: number, end: number, index: number): number {
    this.keystream.apply(packet, payload, end, index)
    const mac = this.mac(packet, end, index)
    for (let octet = 0; octet < this.tagOctets; octet++) packet[end + octet] = mac[octet]!
    return end + this.tagOctets
  }

  verify(packet: Buffer, _payload: number, end: number, index: number): boolean {
    const tagAt = end - this.tagOctets
    const overwritten = packet.readUInt32BE(tagAt)
    const mac = this.mac(packet, tagAt, index)
    packet.writeUInt32BE(overwritten, tagAt)
    let differs = 0
    for (let octet = 0; octet < this.tagOctets; octet++) differs |= mac[octet]! ^ packet[tagAt + octet]!
    return differs === 0
  }

  decrypt(packet: Buffer, payload: number, end: number, index: number): void {
    this.keystream.apply(packet, payload, end - this.tagOctets, index)
  }

  /** Over the packet and its rollover counter, which stands for the moment where the tag has its place: both have four octets at least. */
  private mac(packet: Buffer, end: number, index: number): Buffer {
    packet.writeUInt32BE(Math.floor(index / 0x10000), end)
    return this.hmac.digest(packet, end + 4)
  }
}

/** AES-GCM (RFC 7714 8 and 9). */
class GcmTransform implements RtpTransform {
  readonly tagOctets: number
  private readonly cipher: 'aes-128-gcm' | 'aes-256-gcm'
  private readonly key: Buffer
  private readonly salt: Buffer
  private readonly nonce = Buffer.alloc(12)

  constructor(suite: Suite, keys: SessionKeys) {
    this.tagOctets = suites[suite].tagOctets
    this.cipher = suites[suite].keyOctets === 32 ? 'aes-256-gcm' : 'aes-128-gcm'
    this.key = keys.cipherKey
    this.salt = keys.salt
  }

  protect(packet: Buffer, payload: number, end: number, index: number): number {
    const cipher = createCipheriv(this.cipher, this.key, this.nonceOf(packet, index))
    cipher.setAAD(packet.subarray(0, payload))
    cipher.update(packet.subarray(payload, end)).copy(packet, payload)
    cipher.final()
    cipher.getAuthTag().copy(packet, end)
    return end + this.tagOctets
  }

  verify(packet: Buffer, payload: number, end: number, index: number): boolean {
    const tagAt = end - this.tagOctets
    const decipher = createDecipheriv(this.cipher, this.key, this.nonceOf(packet, index), { authTagLength: 16 })
    decipher.setAAD(packet.subarray(0, payload))
    decipher.setAuthTag(packet.subarray(tagAt, end))
    const plain = decipher.update(packet.subarray(payload, tagAt))
    try {
      decipher.final()
    } catch {
      return false
    }
    plain.copy(packet, payload)
    return true
  }

  decrypt(): void {
    // `verify` did it.
  }

  /** RFC 7714 8.1: two zeros, SSRC, rollover counter, sequence number; xor the salt. */
  private nonceOf(packet: Buffer, index: number): Buffer {
    const { nonce, salt } = this
    nonce.writeUInt16BE(0, 0)
    packet.copy(nonce, 2, 8, 12)
    nonce.writeUIntBE(index, 6, 6)
    for (let octet = 0; octet < 12; octet++) nonce[octet]! ^= salt[octet]!
    return nonce
  }
}
