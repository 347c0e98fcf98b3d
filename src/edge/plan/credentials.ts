import { createPrivateKey, X509Certificate } from 'node:crypto'
import { fingerprint } from '../../lib/canonical.ts'
import type { Trunk, TrunkGroup } from '../../rules/trunks.ts'

/** A Secret of a client's as the edge could read it: its values as text, or why not and what to do. */
export type SecretSighting = { data: ReadonlyMap<string, string> } | { because: string }

/** By `namespace/name`. */
export type Secrets = ReadonlyMap<string, SecretSighting>

/** Who we are to a trunk, and whom we believe there. */
export interface TlsProfile {
  /** Changes with each text in it. */
  id: string
  serverName: string
  /** PEM; absent: none is shown. */
  identity?: { cert: string; key: string }
  /** PEM; absent: the public authorities. */
  ca?: string
}

/** Thrown inside, caught in `credentialsOf`: a person has to do something first. */
class NotUsable extends Error {}

/** How we answer when a trunk asks who we are. */
export interface Login {
  username: string
  password: string
  /** Absent: in any realm. */
  realm?: string
  takesMd5: boolean
}

export type Credentials = { tls?: TlsProfile; login?: Login } | { because: string }

/** The keys of the Secrets that a group needs, as `namespace/name`. */
export function secretsOf({ integration: { namespace }, trunks }: TrunkGroup): string[] {
  const names = trunks.flatMap(({ tls, digest }) => [tls?.identitySecret, tls?.caSecret?.name, digest?.secret])
  return [...new Set(names.flatMap((name) => (name === undefined ? [] : [`${namespace}/${name}`])))]
}

/** What a trunk needs to be called, from its Secrets. Nothing that the proxy could stumble over gets past here. */
export function credentialsOf(namespace: string, trunk: Trunk, secrets: Secrets): Credentials {
  const read = (name: string, key: string) => valueIn(secrets, namespace, name, key)
  try {
    const login = loginOf(trunk, read)
    return { ...(trunk.transport === 'TLS' && { tls: profileOf(trunk, read) }), ...(login && { login }) }
  } catch (error) {
    if (error instanceof NotUsable) return { because: error.message }
    throw error
  }
}

type Read = (name: string, key: string) => string

function profileOf({ tls, host }: Trunk, read: Read): TlsProfile {
  const { identitySecret, caSecret, serverName = host } = tls ?? {}
  const identity = identitySecret === undefined ? undefined : identityIn(identitySecret, read)
  const ca = caSecret === undefined ? undefined : read(caSecret.name, caSecret.key)
  if (ca !== undefined && !isCertificate(ca))
    throw new NotUsable(
      `Secret ${caSecret!.name}: ${caSecret!.key} is no certificate in PEM: put the authority's there`,
    )
  const profile = { serverName, ...(identity && { identity }), ...(ca !== undefined && { ca }) }
  return { id: fingerprint(profile).slice(0, 16), ...profile }
}

function loginOf({ digest }: Trunk, read: Read): Login | undefined {
  if (digest === undefined) return undefined
  const { secret, realm, algorithms } = digest
  const [username, password] = [read(secret, 'username'), read(secret, 'password')]
  if (!isQuotable(username)) throw new NotUsable(`Secret ${secret}: username must be ${QUOTABLE}`)
  if (!isQuotable(password)) throw new NotUsable(`Secret ${secret}: password must be ${QUOTABLE}`)
  return { username, password, ...(realm !== undefined && { realm }), takesMd5: algorithms === 'SHA256OrMD5' }
}

/** What goes into a header and a table as it is. */
const isQuotable = (text: string) => /^[ !#-[\]-~]{1,128}$/.test(text)
const QUOTABLE = '1 to 128 characters of ASCII, without quotes, backslashes and line ends'

function identityIn(name: string, read: Read): { cert: string; key: string } {
  const [cert, key] = [read(name, 'tls.crt'), read(name, 'tls.key')]
  if (!isCertificate(cert)) throw new NotUsable(`Secret ${name}: tls.crt is no certificate in PEM: put ours there`)
  if (!belongTogether(cert, key))
    throw new NotUsable(
      `Secret ${name}: tls.key is not the private key of tls.crt in PEM: put the two that belong together`,
    )
  return { cert, key }
}

function valueIn(secrets: Secrets, namespace: string, name: string, key: string): string {
  const secret = secrets.get(`${namespace}/${name}`)
  if (secret === undefined) throw new NotUsable(`Secret ${name} is not read yet: wait a moment`)
  if ('because' in secret) throw new NotUsable(secret.because)
  const value = secret.data.get(key)
  if (value === undefined) throw new NotUsable(`Secret ${name} has no ${key}: add it`)
  return value
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

function belongTogether(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}
