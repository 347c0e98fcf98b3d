import { readCertificates, type Checked } from '../../telephony/pem.ts'

/** Of whom a caller has to show a certificate. PEM, as OpenSSL writes it. */
export interface CallerTrust {
  ca: string
}

/** What the mounted Secret has, by key. */
export type CallerSecret = ReadonlyMap<string, string>

export interface CallerDecision {
  /** What is believed from now on. Undefined: nothing good was ever seen. */
  trust: CallerTrust | undefined
  /** Why the Secret is refused, and what to do. Undefined: it is what is believed. */
  because?: string
}

/** Takes what the Secret says now, or stays with what was good before. */
export function decideCallers(kept: CallerTrust | undefined, secret: CallerSecret): CallerDecision {
  const found = readTrust(secret)
  return 'because' in found ? { trust: kept, ...found } : { trust: found }
}

function readTrust(secret: CallerSecret): Checked<CallerTrust> {
  const text = secret.get('ca.crt')
  if (text === undefined) return { because: 'it has no ca.crt: put the authorities of callers there, in PEM' }
  const ca = readCertificates(text)
  return 'because' in ca ? { because: `ca.crt ${ca.because}: put the authorities of callers there` } : { ca: ca.pem }
}
