/** Octets of a block of SHA-1, of its digest, and of the length that ends a message (FIPS 180-4). */
const [BLOCK, DIGEST, LENGTH] = [64, 20, 8]
const INITIAL = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
const WORDS = INITIAL.length
/** Where the length of a message stands in the last block, in words of 32 bits; its upper half is 0. */
const LENGTH_WORD = 15

/** Between the calls of one thread nothing of a message stays: they share what they work with. */
const schedule = new Int32Array(80)
const state = new Int32Array(WORDS)
const tail = new Uint8Array(BLOCK)
const out = Buffer.alloc(DIGEST)

/**
 * HMAC-SHA1 (RFC 2104) of many short messages under one key. A call into OpenSSL for each packet costs three times as much, most of it for
 * the objects that it makes. So would `set`, `fill` and `copy` of a few octets: loops are compiled into the code around them. SHA-1 branches
 * on no octet of its input and looks nothing up, so its time says nothing of the key.
 */
export class HmacSha1 {
  /** SHA-1 after the block with which the key begins: of the message, and of the digest of that. */
  private readonly inner: Int32Array
  private readonly outer: Int32Array

  /** @param key at most 64 octets, which are only read */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK) throw new RangeError('a key of HMAC-SHA1 that is longer than a block')
    this.inner = afterKey(key, 0x36)
    this.outer = afterKey(key, 0x5c)
  }

  /** @param end how many octets of the message count. @returns 20 octets, until the next call for any key */
  digest(message: Uint8Array, end = message.length): Buffer {
    hashMessage(this.inner, message, end)
    hashDigest(this.outer)
    for (let word = 0, at = 0; word < WORDS; word++, at += 4) {
      const value = state[word]!
      out[at] = value >>> 24
      out[at + 1] = value >>> 16
      out[at + 2] = value >>> 8
      out[at + 3] = value
    }
    return out
  }
}

function afterKey(key: Uint8Array, padding: number): Int32Array {
  const block = new Uint8Array(BLOCK).fill(padding)
  for (let at = 0; at < key.length; at++) block[at]! ^= key[at]!
  begin(INITIAL)
  compress(block, 0)
  block.fill(0)
  return Int32Array.from(state)
}

function begin(from: Int32Array): void {
  for (let word = 0; word < WORDS; word++) state[word] = from[word]!
}

/** The rest of SHA-1, into `state`, for a message before which one block has gone. */
function hashMessage(from: Int32Array, message: Uint8Array, end: number): void {
  begin(from)
  let at = 0
  for (; at + BLOCK <= end; at += BLOCK) compress(message, at)
  const left = end - at
  for (let octet = 0; octet < left; octet++) tail[octet] = message[at + octet]!
  tail[left] = 0x80
  for (let octet = left + 1; octet < BLOCK; octet++) tail[octet] = 0
  if (left + 1 + LENGTH > BLOCK) {
    compress(tail, 0)
    for (let octet = 0; octet <= left; octet++) tail[octet] = 0
  }
  load(tail, 0)
  schedule[LENGTH_WORD] = (BLOCK + end) * 8
  mix()
}

/** The same, for the digest that is in `state`. */
function hashDigest(from: Int32Array): void {
  for (let word = 0; word < WORDS; word++) schedule[word] = state[word]!
  schedule[WORDS] = 0x80 << 24
  for (let word = WORDS + 1; word < LENGTH_WORD; word++) schedule[word] = 0
  schedule[LENGTH_WORD] = (BLOCK + DIGEST) * 8
  begin(from)
  mix()
}

/** One block into `state` (FIPS 180-4, 6.1.2). */
function compress(block: Uint8Array, from: number): void {
  load(block, from)
  mix()
}

function load(block: Uint8Array, from: number): void {
  for (let word = 0, at = from; word < 16; word++, at += 4)
    schedule[word] = (block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!
}

/** The block whose words are in `schedule`. A loop for each of the four kinds of rounds: a choice in one costs a sixth more. */
function mix(): void {
  for (let word = 16; word < 80; word++) {
    const mixed = schedule[word - 3]! ^ schedule[word - 8]! ^ schedule[word - 14]! ^ schedule[word - 16]!
    schedule[word] = (mixed << 1) | (mixed >>> 31)
  }
  let [a, b, c, d, e] = [state[0]!, state[1]!, state[2]!, state[3]!, state[4]!]
  for (let word = 0; word < 20; word++) {
    const next = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + 0x5a827999 + e + schedule[word]!) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  for (let word = 20; word < 40; word++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + 0x6ed9eba1 + e + schedule[word]!) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  for (let word = 40; word < 60; word++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + 0x8f1bbcdc + e + schedule[word]!) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  for (let word = 60; word < 80; word++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + 0xca62c1d6 + e + schedule[word]!) | 0
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
