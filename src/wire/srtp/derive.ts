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
  return {
    cipherKey: createSecretKey(derive(master, cipher, shape.keyOctets)),
    mac: shape.aead ? undefined : new HmacSha1(derive(master, auth, AUTH_KEY_OCTETS)),
    salt: derive(master, salt, shape.saltOctets),
  }
}

/** AES in counter mode over nothing, from (salt xor label) * 2^16 on. A salt of 96 bits counts as one of 112 with zeros behind it. */
export function derive({ suite, key, salt }: MasterKey, label: number, octets: number): Buffer {
  const start = Buffer.alloc(BLOCK)
  salt.copy(start)
  start[7]! ^= label
  const cipher = createCipheriv(`aes-${suites[suite].keyOctets * 8}-ctr`, key, start)
  return cipher.update(Buffer.alloc(octets))
}

/** AES on single blocks, kept for as long as the key: making a cipher costs more than using it. */
export function blockCipher(key: KeyObject): Cipheriv {
  const cipher = createCipheriv(`aes-${key.symmetricKeySize! * 8}-ecb`, key, null)
  cipher.setAutoPadding(false)
  return cipher
}
