import type { Cipheriv } from 'node:crypto'
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
  private readonly key: Buffer
  private cipher: Cipheriv | undefined
  private readonly start: Buffer
  private blocks = USUAL_BLOCKS
  private counters: Buffer = NOTHING
  private stream: Buffer = NOTHING
  /** Index of the first packet whose stream is there. */
  private first = -1

  /** @param salt 14 octets */
  constructor(key: Buffer, salt: Buffer, ssrc: number) {
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
    for (let block = 0; block < AHEAD * blocks; block++) {
      this.start.copy(this.counters, block * BLOCK)
      this.counters.writeUInt16BE(block % blocks, block * BLOCK + 14)
    }
    this.first = -1
  }

  /** Writes what differs from packet to packet, octet by octet: a call for each would cost more than the cipher. */
  private make(index: number): void {
    const { counters, start, blocks } = this
    const [salted, sequenceSalt] = [start.readUInt32BE(8), start.readUInt16BE(12)]
    let at = 8
    for (let packet = index; packet < index + AHEAD; packet++) {
      const high = salted ^ Math.floor(packet / 0x10000)
      const low = sequenceSalt ^ (packet & 0xffff)
      for (let block = 0; block < blocks; block++, at += BLOCK) {
        counters[at] = high >>> 24
        counters[at + 1] = high >>> 16
        counters[at + 2] = high >>> 8
        counters[at + 3] = high
        counters[at + 4] = low >>> 8
        counters[at + 5] = low
      }
    }
    this.stream = this.cipher!.update(counters)
    this.first = index
  }
}
