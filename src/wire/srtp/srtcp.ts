import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto'
import type { DerivedKeys, SessionKeys } from './derive.ts'
import { ReplayWindow } from './replay.ts'
import { suites, type MasterKey, type ReceivingKey } from './suites.ts'

// SRTCP (RFC 3711 3.4, RFC 7714 9): a few packets a minute, so plain code rather than fast code.

/** The first eight octets of a compound RTCP packet stay in the clear. */
const CLEAR = 8
/** The bit that says "encrypted", before an index of 31 bits. */
const ENCRYPTED = 0x80000000

export class SrtcpSender {
  private readonly master: MasterKey
  private readonly derived: DerivedKeys
  private index = 0

  constructor(master: MasterKey, derived: DerivedKeys) {
    this.master = master
    this.derived = derived
  }

  protect(packet: Buffer): Buffer {
    const trailer = Buffer.alloc(4)
    trailer.writeUInt32BE((ENCRYPTED | this.index) >>> 0)
    const { master, index } = this
    const keys = this.derived.rtcp
    this.index = (index + 1) & 0x7fffffff
    const clear = packet.subarray(0, CLEAR)
    if (suites[master.suite].aead) {
      const cipher = createCipheriv(gcm(master), keys.cipherKey, nonce(keys.salt, packet, index))
      cipher.setAAD(Buffer.concat([clear, trailer]))
      const body = Buffer.concat([cipher.update(packet.subarray(CLEAR)), cipher.final()])
      return Buffer.concat([clear, body, cipher.getAuthTag(), trailer])
    }
    const body = counterMode(keys, packet, index, packet.subarray(CLEAR))
    const protectedPart = Buffer.concat([clear, body, trailer])
    return Buffer.concat([protectedPart, tagOf(keys, protectedPart)])
  }
}

export class SrtcpReceiver {
  private readonly key: ReceivingKey
  private readonly derived: DerivedKeys
  private readonly windows = new Map<number, ReplayWindow>()

  constructor(key: ReceivingKey, derived: DerivedKeys) {
    this.key = key
    this.derived = derived
  }

  /** @returns the packet without what protected it, or why it is not let in */
  unprotect(packet: Buffer): Buffer | 'unauthenticated' | 'replayed' {
    const { aead, rtcpTagOctets } = suites[this.key.master.suite]
    const behind = (aead ? 0 : rtcpTagOctets) + this.key.mki.length
    const trailerAt = packet.length - behind - 4
    if (trailerAt - (aead ? rtcpTagOctets : 0) < CLEAR) return 'unauthenticated'
    const mkiAt = trailerAt + 4
    if (!packet.subarray(mkiAt, mkiAt + this.key.mki.length).equals(this.key.mki)) return 'unauthenticated'
    const trailer = packet.readUInt32BE(trailerAt)
    // We ask for encryption (no UNENCRYPTED_SRTCP): what is in the clear is not from the one whom we talk to.
    if (trailer < ENCRYPTED) return 'unauthenticated'
    const index = trailer - ENCRYPTED
    const window = this.windows.get(packet.readUInt32BE(4)) ?? new ReplayWindow()
    if (window.isReplay(index)) return 'replayed'
    const plain = aead ? this.openGcm(packet, trailerAt, index) : this.openCounter(packet, trailerAt, index)
    if (plain === undefined) return 'unauthenticated'
    window.record(index)
    if (this.windows.size < 16) this.windows.set(packet.readUInt32BE(4), window)
    return plain
  }

  private openCounter(packet: Buffer, trailerAt: number, index: number): Buffer | undefined {
    const expected = tagOf(this.derived.rtcp, packet.subarray(0, trailerAt + 4))
    if (!timingSafeEqual(expected, packet.subarray(packet.length - expected.length))) return undefined
    const body = counterMode(this.derived.rtcp, packet, index, packet.subarray(CLEAR, trailerAt))
    return Buffer.concat([packet.subarray(0, CLEAR), body])
  }

  private openGcm(packet: Buffer, trailerAt: number, index: number): Buffer | undefined {
    const tagAt = trailerAt - 16
    const { cipherKey, salt } = this.derived.rtcp
    const decipher = createDecipheriv(gcm(this.key.master), cipherKey, nonce(salt, packet, index), {
      authTagLength: 16,
    })
    decipher.setAAD(Buffer.concat([packet.subarray(0, CLEAR), packet.subarray(trailerAt, trailerAt + 4)]))
    decipher.setAuthTag(packet.subarray(tagAt, trailerAt))
    const body = decipher.update(packet.subarray(CLEAR, tagAt))
    try {
      return Buffer.concat([packet.subarray(0, CLEAR), body, decipher.final()])
    } catch {
      return undefined
    }
  }
}

const gcm = ({ suite }: MasterKey) => (suites[suite].keyOctets === 32 ? 'aes-256-gcm' : 'aes-128-gcm')

/** RFC 3711 4.1.1 with the SRTCP index in place of the packet index. */
function counterMode({ cipherKey, salt }: SessionKeys, packet: Buffer, index: number, body: Buffer): Buffer {
  const start = Buffer.alloc(16)
  salt.copy(start)
  start.writeUInt32BE((start.readUInt32BE(4) ^ packet.readUInt32BE(4)) >>> 0, 4)
  for (let octet = 0; octet < 4; octet++) start[10 + octet]! ^= (index >>> (24 - 8 * octet)) & 0xff
  return createCipheriv(`aes-${cipherKey.length * 8}-ctr`, cipherKey, start).update(body)
}

const tagOf = ({ mac }: SessionKeys, octets: Buffer): Buffer => mac!.digest(octets).subarray(0, 10)

/** RFC 7714 9.1: two zeros, SSRC, two zeros, index; xor the salt. */
function nonce(salt: Buffer, packet: Buffer, index: number): Buffer {
  const octets = Buffer.alloc(12)
  packet.copy(octets, 2, 4, 8)
  octets.writeUInt32BE(index, 8)
  for (let octet = 0; octet < 12; octet++) octets[octet]! ^= salt[octet]!
  return octets
}
