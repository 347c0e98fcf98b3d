import type { NumberClaim } from '../../rules/number-claims.ts'
import type { Caches } from './caches.ts'

/** The claims that decide on these numbers: for each that of the Callbot that holds it. */
export const decidingClaims = ({ holders }: Pick<Caches, 'holders'>, numbers: readonly string[]): NumberClaim[] =>
  numbers.flatMap((number) => holders.of(number) ?? [])
