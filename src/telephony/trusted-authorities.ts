import { rootCertificates } from 'node:tls'

/** PEM texts of the authorities that Node trusts by itself, for peers whose certificate is of a public one. */
export const trustedAuthorities = (): string => rootCertificates.join('\n')
