import { readCertificates, readKeyPair, untimely, type Checked, type KeyPair } from '../../pki/pem.ts'
import type { MountedSecret, SecretDecision } from './secret-decision.ts'

/** The certificate that callers see, and its private key. */
export type OwnCertificate = Pick<KeyPair, 'pem' | 'key' | 'from' | 'until'>

/** Takes the certificate of the Secret, or keeps the last valid one. @param now in epoch milliseconds */
export function decideOwnCertificate(
  kept: OwnCertificate | undefined,
  secret: MountedSecret,
  now: number,
): SecretDecision<OwnCertificate> {
  const found = readPair(secret)
  if ('because' in found) return { value: kept, ...found }
  const { pem, key, from, until } = found
  const value = { pem, key, from, until }
  const problem = untimely(value, now)
  if (problem === undefined) return { value }
  const because = `tls.crt ${problem}: put one that is valid now`
  return { value: kept !== undefined && untimely(kept, now) === undefined ? kept : value, because }
}

function readPair(secret: MountedSecret): Checked<KeyPair> {
  const [text, key] = [secret.get('tls.crt'), secret.get('tls.key')]
  if (text === undefined || key === undefined)
    return { because: 'it has no tls.crt or no tls.key: put the certificate of the edges and its key there, in PEM' }
  const chain = readCertificates(text)
  if ('because' in chain) return { because: `tls.crt ${chain.because}: put the certificate of the edges there` }
  const pair = readKeyPair(chain, key)
  return 'because' in pair ? { because: `tls.key ${pair.because}: put the two that belong together` } : pair
}
