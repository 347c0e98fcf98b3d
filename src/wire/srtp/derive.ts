import { createCipheriv, type Cipheriv } from 'node:crypto'
import { HmacSha1 } from './hmac-sha1.ts'
import { suites, type MasterKey } from './suites.ts'

/** The keys that packets are protected with (RFC 3711 4.3). */
export interface SessionKeys {
  readonly cipherKey: Buffer
  /** As long as the master salt. */
  readonly salt: Buffer
  /** By the authentication key. Undefined where the cipher authenticates. */
  readonly mac: HmacSha1 | undefined
}

const AUTH_KEY_OCTETS = 20
const BLOCK = 16
/** Labels of RFC 3711 4.3.2. */
const labels = { rtp: [0, 1, 2], rtcp: [3, 4, 5] } as const

/**
 * The keys of RTP and of RTCP, derived from a master key with a derivation rate of zero: once (RFC 3711 4.3.1, RFC 6188 3.2, RFC 7714 11).
 * That is done with the first packet: before it, a caller waits for the answer.
 */
export class DerivedKeys {
  private readonly master: MasterKey
  private made: { readonly rtp: SessionKeys; readonly rtcp: SessionKeys } | undefined

  constructor(master: MasterKey) {
    this.master = master
  }

  get rtp(): SessionKeys {
    return this.all.rtp
  }

  get rtcp(): SessionKeys {
    return this.all.rtcp
  }

  private get all() {
    return (this.made ??= deriveAll(this.master))
  }
}

function deriveAll(master: MasterKey) {
  const { keyOctets, saltOctets, aead } = suites[master.suite]
  const octets = [keyOctets, aead ? 0 : AUTH_KEY_OCTETS, saltOctets] as const
  const wanted = [...labels.rtp, ...labels.rtcp].map((label, at) => [label, octets[at % 3]!] as const)
  const keys = derive(master, ...wanted)
  const of = (from: number) => sessionKeys(keys[from]!, keys[from + 1]!, keys[from + 2]!)
  return { rtp: of(0), rtcp: of(3) }
}

function sessionKeys(cipherKey: Buffer, authKey: Buffer, salt: Buffer): SessionKeys {
  let mac: HmacSha1 | undefined
  return {
    cipherKey,
    salt,
    get mac() {
      return authKey.length === 0 ? undefined : (mac ??= new HmacSha1(authKey))
    },
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
  const stream = blockCipher(key).update(counters)
  at = 0
  return wanted.map(([, octets], of) => {
    const from = at
    at += BLOCK * blocks[of]!
    return stream.subarray(from, from + octets)
  })
}

/** AES on single blocks, kept for as long as the key: making a cipher costs more than using it. */
export function blockCipher(key: Buffer): Cipheriv {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null)
  cipher.setAutoPadding(false)
  return cipher
}
