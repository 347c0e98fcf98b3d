import type { Cipheriv, KeyObject } from 'node:crypto'
import { blockCipher } from './derive.ts'

const BLOCK = 16
/** Packets whose keystream is made in one call. */
const AHEAD = 16
/** Payload of 20 ms of G.711 in blocks: what is made ahead for each packet unless more is asked for. */
const USUAL_BLOCKS = 10
const NOTHING = Buffer.alloc(0)

/**
 * AES counter mode of RFC 3711 4.1.1 for one SSRC. The stream does not depend on what is encrypted, so it is made for several packets in
 * one call: a call into the cipher for each packet would cost ten times as much.
 */
export class Keystream {
  private readonly key: KeyObject
  private cipher: Cipheriv | undefined
  private readonly start: Buffer
  private blocks = USUAL_BLOCKS
  private counters: Buffer = NOTHING
  private stream: Buffer = NOTHING
  /** Index of the first packet whose stream is there. */
  private first = -1

  /** @param salt 14 octets */
  constructor(key: KeyObject, salt: Buffer, ssrc: number) {
    this.key = key
    this.start = Buffer.alloc(BLOCK)
    salt.copy(this.start)
    this.start.writeUInt32BE((this.start.readUInt32BE(4) ^ ssrc) >>> 0, 4)
  }

  /** Encrypts or decrypts, in place, what lies from `from` to `to` of the packet with this index (rollover counter * 2^16 + sequence number). */
  apply(packet: Buffer, from: number, to: number, index: number): void {
    const blocks = Math.ceil((to - from) / BLOCK)
    if (blocks > this.blocks || this.cipher === undefined) this.prepare(Math.max(blocks, this.blocks))
    if (this.first < 0 || index < this.first || index >= this.first + AHEAD) this.make(index)
    const { stream } = this
    let at = (index - this.first) * this.blocks * BLOCK
    for (let octet = from; octet < to; octet++) packet[octet]! ^= stream[at++]!
  }

  /** Only when it is needed: a stranger who makes up SSRCs costs us no cipher. */
  private prepare(blocks: number): void {
    this.cipher ??= blockCipher(this.key)
    this.blocks = blocks
    this.counters = Buffer.alloc(AHEAD * blocks * BLOCK)
    this.first = -1
  }

  private make(index: number): void {
    const { counters, start, blocks } = this
    let at = 0
    for (let packet = index; packet < index + AHEAD; packet++) {
      const high = (start.readUInt32BE(8) ^ Math.floor(packet / 0x10000)) >>> 0
      const low = start.readUInt16BE(12) ^ (packet & 0xffff)
      for (let block = 0; block < blocks; block++, at += BLOCK) {
        start.copy(counters, at, 0, 8)
        counters.writeUInt32BE(high, at + 8)
        counters.writeUInt16BE(low, at + 12)
        counters.writeUInt16BE(block, at + 14)
      }
    }
    this.stream = this.cipher!.update(counters)
    this.first = index
  }
}
