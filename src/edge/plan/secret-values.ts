import { readCertificates, readKeyPair, type Certificates, type KeyPair } from '../../pki/pem.ts'
import { isReleasedTo, notReleased, RELEASE_KEY } from '../../rules/secret-hosts.ts'
import type { TrunkDigest } from '../../rules/trunks.ts'

/** A Secret of a client's as the edge could read it: its values as text, or why not and what to do. */
export type SecretRead = { data: ReadonlyMap<string, string> } | { because: string }

/** By `namespace/name`. */
export type Secrets = ReadonlyMap<string, SecretRead>

/** How we answer when a trunk asks who we are. */
export interface Login {
  username: string
  password: string
  /** Absent: in any realm. */
  realm?: string
  takesMd5: boolean
}

/** Thrown inside, caught in `credentialsOf`: a person has to do something first. */
export class NotUsable extends Error {}

/** It was not looked at yet: nothing is known against it. */
export class NotReadYet extends NotUsable {}

/** Its owner does not let it go to that host: what was known of it before counts no longer either. */
export class NotReleased extends NotUsable {}

/** The Secrets of one namespace. What is wrong with one of them is thrown as NotUsable, with its name and the cure. */
export interface SecretReader {
  identity(name: string): KeyPair
  authorities(name: string, key: string): Certificates
  login(digest: TrunkDigest): Login
  /** @throws NotReleased unless the Secret may be shown to the host */
  release(name: string, host: string): void
}

export function secretReader(secrets: Secrets, namespace: string): SecretReader {
  const observation = (name: string) => {
    const secret = secrets.get(`${namespace}/${name}`)
    if (secret === undefined) throw new NotReadYet(`Secret ${name} is not read yet: wait a moment`)
    if ('because' in secret) throw new NotUsable(secret.because)
    return secret
  }
  const value = (name: string, key: string) => {
    const found = observation(name).data.get(key)
    if (found === undefined) throw new NotUsable(`Secret ${name} has no ${key}: add it`)
    return found
  }
  return {
    release(name, host) {
      if (!isReleasedTo(observation(name).data.get(RELEASE_KEY), host)) throw new NotReleased(notReleased(name, host))
    },
    identity: (name) =>
      once(observation(name), 'tls.crt and tls.key', () => {
        const [cert, key] = [value(name, 'tls.crt'), value(name, 'tls.key')]
        const chain = readCertificates(cert)
        if ('because' in chain) throw new NotUsable(`Secret ${name}: tls.crt ${chain.because}: put ours there`)
        const pair = readKeyPair(chain, key)
        if ('because' in pair)
          throw new NotUsable(`Secret ${name}: tls.key ${pair.because}: put the two that belong together`)
        return pair
      }),
    authorities: (name, key) =>
      once(observation(name), `authorities in ${key}`, () => {
        const found = readCertificates(value(name, key))
        if ('because' in found)
          throw new NotUsable(`Secret ${name}: ${key} ${found.because}: put the authority's there`)
        return found
      }),
    login({ secret, realm, algorithms }) {
      const [username, password] = [value(secret, 'username'), value(secret, 'password')]
      if (!isQuotable(username)) throw new NotUsable(`Secret ${secret}: username must be ${QUOTABLE}`)
      if (!isQuotable(password)) throw new NotUsable(`Secret ${secret}: password must be ${QUOTABLE}`)
      return { username, password, ...(realm !== undefined && { realm }), takesMd5: algorithms === 'SHA256OrMD5' }
    },
  }
}

/** What goes into a header and a table as it is. */
const isQuotable = (text: string) => /^[ !#-[\]-~]{1,128}$/.test(text)
const QUOTABLE = '1 to 128 characters of ASCII, without quotes, backslashes and line ends'

/** Parsed once for as long as the Secret stays as it is: plans are made at each change of anything. */
const parsed = new WeakMap<object, Map<string, unknown>>()

function once<T>(secret: object, what: string, parse: () => T): T {
  const known = parsed.get(secret) ?? new Map<string, unknown>()
  parsed.set(secret, known)
  if (!known.has(what)) {
    try {
      known.set(what, parse())
    } catch (error) {
      known.set(what, error)
    }
  }
  const found = known.get(what)
  if (found instanceof Error) throw found
  return found as T
}
