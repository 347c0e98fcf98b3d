/** AES-256-GCM (NIST SP 800-38D): nonce of 12 octets, tag of 16, then the ciphertext. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export const KEY_OCTETS = 32
const NONCE_OCTETS = 12
const TAG_OCTETS = 16
/** By so much a sealed value is longer than what is in it. */
export const OVERHEAD_OCTETS = NONCE_OCTETS + TAG_OCTETS

const ALGORITHM = 'aes-256-gcm'

/**
 * @param key 32 octets. A key seals fewer than 2^32 values, since nonces are random (SP 800-38D, section 8.3)
 * @param nonce only test vectors set it
 */
export function seal(key: Buffer, plain: Buffer, bound: Buffer, nonce = randomBytes(NONCE_OCTETS)): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_OCTETS })
  cipher.setAAD(bound)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

/** @returns undefined when the value, what it is bound to, or the key is another one than when it was sealed */
export function open(key: Buffer, sealed: Buffer, bound: Buffer): Buffer | undefined {
  if (sealed.length < OVERHEAD_OCTETS) return undefined
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_OCTETS), { authTagLength: TAG_OCTETS })
  decipher.setAAD(bound)
  decipher.setAuthTag(sealed.subarray(NONCE_OCTETS, OVERHEAD_OCTETS))
  const unproved = decipher.update(sealed.subarray(OVERHEAD_OCTETS))
  try {
    return Buffer.concat([unproved, decipher.final()])
  } catch {
    return undefined
  } finally {
    unproved.fill(0)
  }
}
