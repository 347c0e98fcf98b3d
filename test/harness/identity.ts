import type { Identity } from '../../src/pki/identity.ts'
import type { Authority } from './authority.ts'

/** An identity for those names, as a mounted Secret would give it. */
export function identityOf(authority: Authority, ...names: string[]): Identity {
  const { cert, key } = authority.issue(names)
  const wide = { notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER }
  return { cert, key, ca: authority.cert, ...wide, fingerprint: cert }
}
