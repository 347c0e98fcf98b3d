import { fingerprint } from '../../lib/canonical.ts'
import { trunksKey, type Trunk, type TrunkGroup } from '../../rules/trunks.ts'
import { untimely, type Certificates, type KeyPair } from '../../pki/pem.ts'
import {
  NotReadYet,
  NotReleased,
  NotUsable,
  secretReader,
  type Login,
  type SecretReader,
  type Secrets,
} from './secret-values.ts'

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

/** What a trunk needs to be called, each part from a Secret of its own. */
export interface Parts {
  /** To whom they are shown: another host has no claim to what was kept for this one. */
  host: string
  identity?: KeyPair
  authorities?: Certificates
  login?: Login
}

export type Credentials =
  | {
      tls?: TlsProfile
      login?: Login
      parts: Parts
      /** Why what a Secret has now is not what is used, or should not be; with the cure. */
      refused?: string
    }
  | { because: string }

/** The keys of the Secrets that a group needs, as `namespace/name`. */
export function secretsOf({ integration: { namespace }, trunks }: TrunkGroup): string[] {
  const names = trunks.flatMap(({ tls, digest }) => [tls?.identitySecret, tls?.caSecret?.name, digest?.secret])
  return [...new Set(names.flatMap((name) => (name === undefined ? [] : [`${namespace}/${name}`])))]
}

/** Under which the last good credentials of a trunk are kept: those of an Integration that is gone are nobody's. */
export const credentialsKey = (group: Pick<TrunkGroup, 'integration'>, trunk: string) =>
  `${trunksKey(group)}/${group.integration.uid}/${trunk}`

/**
 * What a trunk needs to be called, from its Secrets. Nothing that the proxy could stumble over gets past here, and a part that
 * can not be used leaves the one in its place that was used last (design: what worked goes on working).
 * @param kept what was used last
 * @param now epoch milliseconds
 */
export function credentialsOf(
  namespace: string,
  trunk: Trunk,
  { secrets, kept, now }: { secrets: Secrets; kept?: Parts | undefined; now: number },
): Credentials {
  const reader = secretReader(secrets, namespace)
  const refused: string[] = []
  try {
    const parts = partsOf(trunk, {
      reader,
      kept: kept?.host === trunk.host ? kept : { host: trunk.host },
      now,
      refuse: (because) => void refused.push(because),
    })
    return {
      ...(trunk.transport === 'TLS' && { tls: profileOf(trunk, parts) }),
      ...(parts.login && { login: parts.login }),
      parts,
      ...(refused.length > 0 && { refused: refused.join('; ') }),
    }
  } catch (error) {
    if (error instanceof NotUsable) return { because: error.message }
    throw error
  }
}

interface Reading {
  reader: SecretReader
  kept: Parts
  now: number
  refuse: (because: string) => void
}

function partsOf({ tls, digest, transport, host }: Trunk, reading: Reading): Parts {
  const { reader, kept } = reading
  const { identitySecret, caSecret } = transport === 'TLS' ? (tls ?? {}) : {}
  return {
    host,
    ...(identitySecret !== undefined && { identity: identityOf(identitySecret, reading) }),
    ...(caSecret !== undefined && {
      authorities: goodOr(kept.authorities, () => reader.authorities(caSecret.name, caSecret.key), reading),
    }),
    ...(digest !== undefined && {
      login: goodOr(kept.login, () => released(digest.secret, reading).login(digest), reading),
    }),
  }
}

/** A certificate whose time is over gives way to the one before, if that one is still good: the trunk may not look. */
function identityOf(name: string, reading: Reading): KeyPair {
  const { kept, now, refuse } = reading
  const found = goodOr(kept.identity, () => released(name, reading).identity(name), reading)
  const problem = untimely(found, now)
  if (problem === undefined) return found
  refuse(`Secret ${name}: tls.crt ${problem}: put one that is valid now`)
  return kept.identity !== undefined && untimely(kept.identity, now) === undefined ? kept.identity : found
}

function released(name: string, { reader, kept }: Reading): SecretReader {
  reader.release(name, kept.host)
  return reader
}

function goodOr<T>(before: T | undefined, read: () => T, { refuse }: Reading): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof NotUsable) || error instanceof NotReleased || before === undefined) throw error
    if (!(error instanceof NotReadYet)) refuse(`${error.message}; until then the last valid one is used`)
    return before
  }
}

function profileOf({ tls, host }: Trunk, { identity, authorities }: Parts): TlsProfile {
  const profile = {
    serverName: tls?.serverName ?? host,
    ...(identity && { identity: { cert: identity.pem, key: identity.key } }),
    ...(authorities && { ca: authorities.pem }),
  }
  return { id: fingerprint(profile), ...profile }
}
