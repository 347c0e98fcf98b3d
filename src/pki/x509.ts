import { type KeyObject, sign } from 'node:crypto'
import * as der from './der.ts'

/** A certificate to be signed (RFC 5280). Keys are ECDSA P-256, signatures ecdsa-with-SHA256 (RFC 5758 section 3.2). */
export interface CertificateRequest {
  commonName: string
  issuerName: string
  publicKey: KeyObject
  signingKey: KeyObject
  /** Hexadecimal, 1 to 20 bytes, the first from 0x01 to 0x7f (RFC 5280 section 4.1.2.2). */
  serial: string
  notBefore: Date
  notAfter: Date
  dnsNames?: readonly string[]
  isAuthority?: boolean
}

const ECDSA_SHA256 = der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2'))
const COMMON_NAME = der.objectIdentifier('2.5.4.3')
const V3 = der.explicit(0, der.integer(Buffer.from([2])))
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
/** GeneralName's dNSName (RFC 5280 section 4.2.1.6). */
const DNS_NAME = 2

/** Signs, and returns the certificate as PEM. Throws when a key is not an elliptic curve key. */
export function signCertificate(request: CertificateRequest): string {
  const toBeSigned = der.sequence(
    V3,
    der.integer(Buffer.from(request.serial, 'hex')),
    ECDSA_SHA256,
    distinguishedName(request.issuerName),
    der.sequence(der.time(request.notBefore), der.time(request.notAfter)),
    distinguishedName(request.commonName),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...(request.isAuthority ? AUTHORITY_EXTENSIONS : leafExtensions(request)))),
  )
  const signature = sign('sha256', toBeSigned, request.signingKey)
  return pem(der.sequence(toBeSigned, ECDSA_SHA256, der.bitString(signature)))
}

const AUTHORITY_EXTENSIONS = [
  // An authority that signs no further authority (pathLenConstraint 0), and only certificates and revocation lists.
  extension('2.5.29.19', true, der.sequence(der.boolean(true), der.integer(Buffer.from([0])))),
  extension('2.5.29.15', true, der.bitString(Buffer.from([0b0000_0110]), 1)),
]

const LEAF_EXTENSIONS = [
  // Key usage digitalSignature; extended key usage serverAuth and clientAuth.
  extension('2.5.29.15', true, der.bitString(Buffer.from([0b1000_0000]), 7)),
  extension(
    '2.5.29.37',
    false,
    der.sequence(der.objectIdentifier('1.3.6.1.5.5.7.3.1'), der.objectIdentifier('1.3.6.1.5.5.7.3.2')),
  ),
]

function leafExtensions({ dnsNames = [] }: CertificateRequest): Buffer[] {
  if (dnsNames.length === 0) return LEAF_EXTENSIONS
  const names = der.sequence(...dnsNames.map((name) => der.implicitText(DNS_NAME, name)))
  return [...LEAF_EXTENSIONS, extension(SUBJECT_ALTERNATIVE_NAME, false, names)]
}

/** `critical` is left out where it has its default, as DER asks (X.690 section 11.5). */
function extension(identifier: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der.boolean(true)] : []
  return der.sequence(der.objectIdentifier(identifier), ...flag, der.octetString(value))
}

function distinguishedName(commonName: string): Buffer {
  return der.sequence(der.set(der.sequence(COMMON_NAME, der.utf8String(commonName))))
}

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`
