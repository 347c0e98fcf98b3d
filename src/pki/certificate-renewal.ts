/** What the operator remembers of the certificate that it issued to a bot. */
export interface CertificateFacts {
  serial: string
  /** Serial of the CA certificate that signed it. */
  issuer: string
  /** Fingerprint of the trust bundle handed out with it. */
  bundle: string
  /** Epoch milliseconds. */
  notBefore: number
  notAfter: number
}

/** The authority as it stands: who signs now, and whom everyone trusts. */
export interface AuthorityFacts {
  issuer: string
  bundle: string
}

/** Why a new certificate is due, or undefined while the one at hand serves. */
export function renewalReason(
  held: CertificateFacts | undefined,
  authority: AuthorityFacts,
  renewAtFraction: number,
  now: number,
): string | undefined {
  if (held === undefined) return 'no certificate has been issued yet'
  if (held.issuer !== authority.issuer) return 'it was signed by an earlier CA'
  if (held.bundle !== authority.bundle) return 'the trust bundle has changed'
  if (now >= renewalTime(held, renewAtFraction)) return 'it expires soon'
  return undefined
}

/** When to renew, in epoch milliseconds: `fraction` (0 to 1) of the way from notBefore to notAfter. */
export function renewalTime(held: Pick<CertificateFacts, 'notBefore' | 'notAfter'>, fraction: number): number {
  return held.notBefore + (held.notAfter - held.notBefore) * fraction
}
