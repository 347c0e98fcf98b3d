import { isSuite, keyingOctets, masterKey, suites, type MasterKey, type ReceivingKey } from '../srtp/suites.ts'

/** A crypto attribute that we can use (RFC 4568 9.1). */
export interface Crypto {
  readonly tag: string
  readonly key: ReceivingKey
}

/** Most packets under one key (RFC 3711 9.2), and what an absent lifetime means. */
const LONGEST_LIFETIME = 2 ** 48
/** Below this a key would not last for a call, and there is no way to change it without an offer: 21 minutes at 50 packets a second. */
const SHORTEST_LIFETIME = 2 ** 16

/**
 * Reads the value of `a=crypto:`. What would weaken the protection (UNENCRYPTED_SRTP and its kin), what we don't know, several keys and
 * a key derivation rate make it unusable, not the offer: another line may do.
 */
export function readCrypto(value: string): Crypto | undefined {
  const [tag = '', suite = '', keyParams = '', ...sessionParams] = value.split(/ +/)
  if (!/^\d{1,9}$/.test(tag) || !isSuite(suite)) return undefined
  // WSH only hints at the size of a replay window (RFC 4568 6.3.7).
  if (!sessionParams.every((param) => /^WSH=\d+$/.test(param))) return undefined
  const [, inline, ...rest] = /^inline:([A-Za-z0-9+/]+={0,2})((?:\|[^|;]+)*)$/.exec(keyParams) ?? []
  if (inline === undefined) return undefined
  const octets = Buffer.from(inline, 'base64')
  if (octets.length !== keyingOctets(suite)) return undefined
  const options = (rest[0] ?? '').split('|').slice(1)
  const mki = options.at(-1)?.includes(':') ? readMki(options.pop()!) : Buffer.alloc(0)
  const lifetime = options.length === 0 ? LONGEST_LIFETIME : readLifetime(options.pop()!)
  if (options.length > 0 || mki === undefined || lifetime === undefined) return undefined
  return { tag, key: { master: masterKey(suite, octets), lifetime, mki } }
}

function readLifetime(text: string): number | undefined {
  const [, power, count] = /^(?:2\^(\d{1,2})|(\d{1,15}))$/.exec(text) ?? []
  if (power === undefined && count === undefined) return undefined
  const lifetime = power === undefined ? Number(count) : 2 ** Number(power)
  return lifetime >= SHORTEST_LIFETIME && lifetime <= LONGEST_LIFETIME ? lifetime : undefined
}

/** `value:length`, the value a decimal number (RFC 4568 6.1). */
function readMki(text: string): Buffer | undefined {
  const [, value, length] = /^(\d{1,38}):(\d{1,3})$/.exec(text) ?? []
  if (value === undefined || Number(length) < 1 || Number(length) > 128) return undefined
  const hex = BigInt(value).toString(16)
  if (hex.length > 2 * Number(length)) return undefined
  return Buffer.from(hex.padStart(2 * Number(length), '0'), 'hex')
}

/** Our line: one key, without MKI, for as long as a key may be used. */
export function writeCrypto(tag: string, { suite, key, salt }: MasterKey): string {
  return `${tag} ${suite} inline:${Buffer.concat([key, salt]).toString('base64')}`
}

/** A fresh key. @param random octets that can't be guessed */
export function makeKey(suite: MasterKey['suite'], random: (octets: number) => Buffer): MasterKey {
  const { keyOctets, saltOctets } = suites[suite]
  return { suite, key: random(keyOctets), salt: random(saltOctets) }
}
