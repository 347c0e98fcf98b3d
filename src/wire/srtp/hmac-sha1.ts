/** Octets of a block of SHA-1, of its digest, and of the length that ends a message (FIPS 180-4). */
const [BLOCK, DIGEST, LENGTH] = [64, 20, 8]
const INITIAL = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)

/** Between the calls of one thread nothing of a message stays: they share what they work with. */
const schedule = new Int32Array(80)
const state = new Int32Array(INITIAL.length)
const tail = new Uint8Array(BLOCK)

/**
 * HMAC-SHA1 (RFC 2104) of many short messages under one key. A call into OpenSSL for each packet costs three times as much, most of it for
 * the objects that it makes. SHA-1 branches on no octet of its input and looks nothing up, so its time says nothing of the key.
 */
export class HmacSha1 {
  /** SHA-1 after the block with which the key begins: of the message, and of the digest of that. */
  private readonly inner: Int32Array
  private readonly outer: Int32Array
  private readonly out = Buffer.alloc(DIGEST)

  /** @param key at most 64 octets, which are only read */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK) throw new RangeError('a key of HMAC-SHA1 that is longer than a block')
    this.inner = afterKey(key, 0x36)
    this.outer = afterKey(key, 0x5c)
  }

  /** @param end how many octets of the message count. @returns 20 octets, until the next call */
  digest(message: Uint8Array, end = message.length): Buffer {
    const { out } = this
    hash(this.inner, message, end)
    write(state, out)
    hash(this.outer, out, DIGEST)
    write(state, out)
    return out
  }
}

function afterKey(key: Uint8Array, padding: number): Int32Array {
  const block = new Uint8Array(BLOCK).fill(padding)
  for (let at = 0; at < key.length; at++) block[at]! ^= key[at]!
  state.set(INITIAL)
  compress(block, 0)
  block.fill(0)
  return Int32Array.from(state)
}

/** The rest of SHA-1, into `state`, for a message before which one block has gone. */
function hash(from: Int32Array, message: Uint8Array, end: number): void {
  state.set(from)
  let at = 0
  for (; at + BLOCK <= end; at += BLOCK) compress(message, at)
  const left = end - at
  for (let octet = 0; octet < left; octet++) tail[octet] = message[at + octet]!
  tail[left] = 0x80
  tail.fill(0, left + 1)
  if (left + 1 + LENGTH > BLOCK) {
    compress(tail, 0)
    tail.fill(0)
  }
  const bits = (BLOCK + end) * 8
  for (let octet = 0; octet < 4; octet++) tail[BLOCK - 1 - octet] = bits >>> (8 * octet)
  compress(tail, 0)
}

function write(words: Int32Array, to: Uint8Array): void {
  for (let word = 0; word < INITIAL.length; word++)
    for (let octet = 0; octet < 4; octet++) to[4 * word + octet] = words[word]! >>> (24 - 8 * octet)
}

/** One block into `state` (FIPS 180-4, 6.1.2). */
function compress(block: Uint8Array, from: number): void {
  for (let word = 0, at = from; word < 16; word++, at += 4)
    schedule[word] = (block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!
  for (let word = 16; word < 80; word++) {
    const mixed = schedule[word - 3]! ^ schedule[word - 8]! ^ schedule[word - 14]! ^ schedule[word - 16]!
    schedule[word] = (mixed << 1) | (mixed >>> 31)
  }
  let [a, b, c, d, e] = [state[0]!, state[1]!, state[2]!, state[3]!, state[4]!]
  for (let word = 0; word < 80; word++) {
    const turned =
      word < 20
        ? ((b & c) | (~b & d)) + 0x5a827999
        : word < 40
          ? (b ^ c ^ d) + 0x6ed9eba1
          : word < 60
            ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
            : (b ^ c ^ d) + 0xca62c1d6
    const next = (((a << 5) | (a >>> 27)) + turned + e + schedule[word]!) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  state[0] = (state[0]! + a) | 0
  state[1] = (state[1]! + b) | 0
  state[2] = (state[2]! + c) | 0
  state[3] = (state[3]! + d) | 0
  state[4] = (state[4]! + e) | 0
}
