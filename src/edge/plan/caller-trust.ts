import { instant, readRevocationLists, type RevocationLists } from '../../pki/crl.ts'
import { readCertificates, type Checked } from '../../pki/pem.ts'
import type { MountedSecret, SecretDecision } from './secret-decision.ts'

/** Of whom a caller has to show a certificate. PEM, as OpenSSL writes it. */
export interface CallerTrust {
  ca: string
  /** Who is let in no more. Absent: nobody is revoked. */
  crl?: RevocationLists
}

/** Takes what the Secret says now, or stays with what was good before. @param now in epoch milliseconds */
export function decideCallers(
  kept: CallerTrust | undefined,
  secret: MountedSecret,
  now: number,
): SecretDecision<CallerTrust> {
  const found = readTrust(secret, now)
  if ('because' in found) return { value: kept, ...found }
  if (!isOver(found, now)) return { value: found }
  const because = `crl.pem ended at ${instant(found.crl!.until!)}: put a newer one there`
  // A list that is over is still better than none: it lets nobody in whom nobody has checked.
  if (kept === undefined || isOver(kept, now))
    return { value: found, because: `${because}; until then the edges refuse every certificate of a caller` }
  return { value: kept, because }
}

const isOver = ({ crl }: CallerTrust, now: number) => (crl?.until ?? Infinity) <= now

function readTrust(secret: MountedSecret, now: number): Checked<CallerTrust> {
  const text = secret.get('ca.crt')
  if (text === undefined) return { because: 'it has no ca.crt: put the authorities of callers there, in PEM' }
  const ca = readCertificates(text)
  if ('because' in ca) return { because: `ca.crt ${ca.because}: put the authorities of callers there` }
  const list = secret.get('crl.pem')
  if (list === undefined) return { ca: ca.pem }
  const crl = readRevocationLists(list, ca.each, now)
  if ('because' in crl)
    return { because: `crl.pem ${crl.because}: put the lists of all authorities in ca.crt there, or take it out` }
  return { ca: ca.pem, crl }
}
