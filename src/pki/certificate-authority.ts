import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { fingerprint } from '../lib/canonical.ts'
import { signCertificate } from './x509.ts'
import { type AuthorityCertificate, type AuthorityState } from './ca-rotation.ts'
import type { AuthorityFacts } from './certificate-renewal.ts'

/** A CA certificate with its private key, as the Secret holds it. */
export interface SigningCertificate extends AuthorityCertificate {
  certificate: string
  key: string
}

export type Authority = AuthorityState<SigningCertificate>

export interface Leaf {
  certificate: string
  key: string
  /** Every CA certificate to trust, PEM, newest first. */
  bundle: string
  serial: string
  issuer: string
  bundleId: string
  notBefore: Date
  notAfter: Date
}

/** Tolerance for peers whose clock is behind ours, in milliseconds. */
const CLOCK_SKEW = 300_000
const SLOTS = ['current', 'next', 'previous'] as const

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const toPem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()

/** 16 random bytes, the first between 0x40 and 0x7f: positive, never shortened (RFC 5280 section 4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return bytes.toString('hex')
}

const authorityName = (serial: string) => `callbot-operator ${serial.slice(0, 8)}`

/** A new self-signed CA certificate. Its name carries its serial, so that peers tell a CA from its successor. */
export function newSigningCertificate(now: number, lifetimeSeconds: number): SigningCertificate {
  const keys = newKeys()
  const serial = newSerial()
  const notAfter = now + lifetimeSeconds * 1000
  const certificate = signCertificate({
    commonName: authorityName(serial),
    issuerName: authorityName(serial),
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    serial,
    notBefore: new Date(now - CLOCK_SKEW),
    notAfter: new Date(notAfter),
    isAuthority: true,
  })
  return { serial, notBefore: now, notAfter, certificate, key: toPem(keys.privateKey) }
}

/** The Secret's data, base64 as the API has it. */
export function toSecretData(authority: Authority): Record<string, string> {
  const data: Record<string, string> = {}
  for (const slot of SLOTS) {
    const held = authority[slot]
    if (held === undefined) continue
    data[`${slot}.crt`] = Buffer.from(held.certificate).toString('base64')
    data[`${slot}.key`] = Buffer.from(held.key).toString('base64')
  }
  return data
}

/** Reads the Secret back. A slot whose certificate or key can't be read counts as absent. */
export function fromSecretData(data: Record<string, string>): Authority {
  const authority: Authority = {}
  for (const slot of SLOTS) authority[slot] = readSlot(data[`${slot}.crt`], data[`${slot}.key`])
  return authority
}

function readSlot(certificate: string | undefined, key: string | undefined): SigningCertificate | undefined {
  if (certificate === undefined || key === undefined) return undefined
  try {
    const pem = Buffer.from(certificate, 'base64').toString()
    const keyPem = Buffer.from(key, 'base64').toString()
    const parsed = new X509Certificate(pem)
    if (!parsed.checkPrivateKey(createPrivateKey(keyPem))) return undefined
    return {
      serial: parsed.serialNumber.toLowerCase(),
      notBefore: parsed.validFromDate.getTime() + CLOCK_SKEW,
      notAfter: parsed.validToDate.getTime(),
      certificate: pem,
      key: keyPem,
    }
  } catch {
    return undefined
  }
}

/** Every CA certificate that peers trust, PEM, in the order current, next, previous. */
export const trustBundle = (authority: Authority): string =>
  SLOTS.map((slot) => authority[slot]?.certificate ?? '').join('')

/** What plans know of the CA: no key in it. Undefined while there is none. */
export function authorityFacts(authority: Authority): AuthorityFacts | undefined {
  if (authority.current === undefined) return undefined
  return { issuer: authority.current.serial, bundle: bundleId(authority) }
}

const bundleId = (authority: Authority) => fingerprint(SLOTS.map((slot) => authority[slot]?.serial ?? ''))

/**
 * A new key and certificate. It never outlives the CA that signs it.
 * @throws when the authority has no current certificate
 */
export function issueLeaf(
  authority: Authority,
  request: { commonName: string; dnsNames: readonly string[] },
  now: number,
  lifetimeSeconds: number,
): Leaf {
  const { current } = authority
  if (current === undefined) throw new Error('the CA has no certificate to sign with')
  const keys = newKeys()
  const serial = newSerial()
  const notAfter = new Date(Math.min(now + lifetimeSeconds * 1000, current.notAfter))
  const certificate = signCertificate({
    commonName: request.commonName,
    dnsNames: request.dnsNames,
    issuerName: authorityName(current.serial),
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(current.key),
    serial,
    notBefore: new Date(now - CLOCK_SKEW),
    notAfter,
  })
  return {
    certificate,
    key: toPem(keys.privateKey),
    bundle: trustBundle(authority),
    serial,
    issuer: current.serial,
    bundleId: bundleId(authority),
    notBefore: new Date(now),
    notAfter,
  }
}
