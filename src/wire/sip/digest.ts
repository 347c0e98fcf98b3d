import { createHash } from 'node:crypto'
import { quotedEnd, skipSpace, tokenEnd, unquote } from './grammar.ts'

/** A challenge of WWW-Authenticate or Proxy-Authenticate (RFC 7616 3.3, RFC 8760). */
export interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  readonly algorithm: Algorithm
  /** False: a server of RFC 2069, which knows neither qop nor counts. */
  readonly hasQop: boolean
  /** The nonce was too old, the password isn't wrong. */
  readonly isStale: boolean
}

const algorithms = {
  'sha-256': { hash: 'sha256', isSession: false, name: 'SHA-256', rank: 2 },
  'sha-256-sess': { hash: 'sha256', isSession: true, name: 'SHA-256-sess', rank: 2 },
  md5: { hash: 'md5', isSession: false, name: 'MD5', rank: 1 },
  'md5-sess': { hash: 'md5', isSession: true, name: 'MD5-sess', rank: 1 },
} as const
type Algorithm = (typeof algorithms)[keyof typeof algorithms]

/** Undefined: another scheme, an algorithm or a qop that isn't known here, or malformed. Such a challenge is passed over (RFC 8760 2.4). */
export function parseChallenge(text: string): Challenge | undefined {
  const values = parseParts(text, 'digest')
  if (values === undefined) return undefined
  const name = (values.get('algorithm') ?? 'md5').toLowerCase()
  const algorithm = Object.hasOwn(algorithms, name) ? algorithms[name as keyof typeof algorithms] : undefined
  const realm = values.get('realm')
  const nonce = values.get('nonce')
  const qop = values
    .get('qop')
    ?.split(',')
    .map((one) => one.trim().toLowerCase())
  if (algorithm === undefined || realm === undefined || nonce === undefined) return undefined
  if (qop !== undefined && !qop.includes('auth')) return undefined
  return {
    realm,
    nonce,
    opaque: values.get('opaque'),
    algorithm,
    hasQop: qop !== undefined,
    isStale: values.get('stale')?.toLowerCase() === 'true',
  }
}

/** `Digest name=value, name="value"`; names in lower case, values unquoted. A name that stands twice is malformed. */
function parseParts(text: string, scheme: string): Map<string, string> | undefined {
  const end = tokenEnd(text, 0)
  if (text.slice(0, end).toLowerCase() !== scheme) return undefined
  const values = new Map<string, string>()
  let at = skipSpace(text, end)
  while (at < text.length) {
    const nameEnd = tokenEnd(text, at)
    const name = text.slice(at, nameEnd).toLowerCase()
    const equals = skipSpace(text, nameEnd)
    if (name === '' || text[equals] !== '=' || values.has(name)) return undefined
    const start = skipSpace(text, equals + 1)
    const isQuoted = text[start] === '"'
    const stop = isQuoted ? quotedEnd(text, start) : tokenEnd(text, start)
    if (stop <= start) return undefined
    values.set(name, isQuoted ? unquote(text.slice(start, stop)) : text.slice(start, stop))
    at = skipSpace(text, stop)
    if (at < text.length && text[at] !== ',') return undefined
    while (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return values
}

/** The strongest challenge that can be met, of several with the same strength the first (RFC 8760 2.4). */
export function chooseChallenge(texts: readonly string[], realm?: string): Challenge | undefined {
  return texts
    .map(parseChallenge)
    .filter((one): one is Challenge => one !== undefined && (realm === undefined || one.realm === realm))
    .reduce<Challenge | undefined>(
      (best, one) => (best === undefined || one.algorithm.rank > best.algorithm.rank ? one : best),
      undefined,
    )
}

export interface DigestParts {
  readonly challenge: Challenge
  readonly username: string
  readonly password: string
  readonly method: string
  /** The Request-URI. */
  readonly uri: string
  /** Chance of the client, not to be guessed. */
  readonly cnonce: string
  /** How often this nonce was used, with this one: from 1. */
  readonly count: number
}

/** The value of Authorization or Proxy-Authorization (RFC 7616 3.4, qop `auth`). */
export function authorization(o: DigestParts): string {
  const { challenge, username, method, uri, cnonce } = o
  const { realm, nonce, opaque, algorithm } = challenge
  const hash = (...parts: string[]) => createHash(algorithm.hash).update(parts.join(':')).digest('hex')
  const secret = hash(username, realm, o.password)
  const a1 = algorithm.isSession ? hash(secret, nonce, cnonce) : secret
  const a2 = hash(method, uri)
  const nc = o.count.toString(16).padStart(8, '0')
  const response = challenge.hasQop ? hash(a1, nonce, nc, cnonce, 'auth', a2) : hash(a1, nonce, a2)
  const parts = [
    `username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    `algorithm=${algorithm.name}`,
  ]
  if (challenge.hasQop || algorithm.isSession) parts.push(`cnonce="${cnonce}"`)
  if (challenge.hasQop) parts.push('qop=auth', `nc=${nc}`)
  if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`)
  return `Digest ${parts.join(', ')}`
}

const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
