import { createCipheriv, createSecretKey, type Cipheriv, type KeyObject } from 'node:crypto'
import { HmacSha1 } from './hmac-sha1.ts'
import { suites, type MasterKey } from './suites.ts'

/** The keys that packets are protected with (RFC 3711 4.3). */
export interface SessionKeys {
  readonly cipherKey: KeyObject
  /** As long as the master salt. */
  readonly salt: Buffer
  /** By the authentication key. Undefined where the cipher authenticates. */
  readonly mac: HmacSha1 | undefined
}

const AUTH_KEY_OCTETS = 20
const BLOCK = 16
/** Labels of RFC 3711 4.3.2. */
const labels = { rtp: [0, 1, 2], rtcp: [3, 4, 5] } as const

/** Derives the keys of RTP or of RTCP, with a key derivation rate of zero: once (RFC 3711 4.3.1, RFC 6188 3.2, RFC 7714 11). */
export function deriveKeys(master: MasterKey, of: 'rtp' | 'rtcp'): SessionKeys {
  const shape = suites[master.suite]
  const [cipher, auth, salt] = labels[of]
  const [cipherKey, authKey, saltKey] = derive(
    master,
    [cipher, shape.keyOctets],
    [auth, shape.aead ? 0 : AUTH_KEY_OCTETS],
    [salt, shape.saltOctets],
  )
  return {
    cipherKey: createSecretKey(cipherKey!),
    mac: shape.aead ? undefined : new HmacSha1(authKey!),
    salt: saltKey!,
  }
}

/**
 * For each label and number of octets, AES in counter mode over nothing, from (salt xor label) * 2^16 on. A salt of 96 bits counts as one of
 * 112 with zeros behind it. One cipher makes them all: to make one costs more than to use it.
 */
export function derive({ key, salt }: MasterKey, ...wanted: (readonly [label: number, octets: number])[]): Buffer[] {
  const blocks = wanted.map(([, octets]) => Math.ceil(octets / BLOCK))
  const counters = Buffer.alloc(BLOCK * blocks.reduce((sum, each) => sum + each, 0))
  let at = 0
  for (const [of, [label]] of wanted.entries()) {
    for (let block = 0; block < blocks[of]!; block++, at += BLOCK) {
      salt.copy(counters, at)
      counters[at + 7]! ^= label
      counters.writeUInt16BE(block, at + 14)
    }
  }
  const stream = ecb(key, key.length).update(counters)
  at = 0
  return wanted.map(([, octets], of) => {
    const from = at
    at += BLOCK * blocks[of]!
    return stream.subarray(from, from + octets)
  })
}

/** AES on single blocks, kept for as long as the key: making a cipher costs more than using it. */
export const blockCipher = (key: KeyObject): Cipheriv => ecb(key, key.symmetricKeySize!)

function ecb(key: KeyObject | Buffer, octets: number): Cipheriv {
  const cipher = createCipheriv(`aes-${octets * 8}-ecb`, key, null)
  cipher.setAutoPadding(false)
  return cipher
}
