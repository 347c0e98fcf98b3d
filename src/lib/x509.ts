import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import * as asn1 from '@peculiar/asn1-x509'
import { type KeyObject, sign } from 'node:crypto'

/** A certificate to be signed (RFC 5280). Keys are ECDSA P-256, signatures ecdsa-with-SHA256 (RFC 5758 section 3.2). */
export interface CertificateRequest {
  commonName: string
  issuerName: string
  publicKey: KeyObject
  signingKey: KeyObject
  /** Hexadecimal, 1 to 20 bytes, the first below 0x80 (RFC 5280 section 4.1.2.2). */
  serial: string
  notBefore: Date
  notAfter: Date
  dnsNames?: readonly string[]
  isAuthority?: boolean
}

const ECDSA_SHA256 = new asn1.AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' })
const COMMON_NAME = '2.5.4.3'

/** Signs, and returns the certificate as PEM. Throws when a key is not an elliptic curve key. */
export function signCertificate(request: CertificateRequest): string {
  const spki = request.publicKey.export({ type: 'spki', format: 'der' })
  const tbs = new asn1.TBSCertificate({
    version: asn1.Version.v3,
    serialNumber: arrayBuffer(Buffer.from(request.serial, 'hex')),
    signature: ECDSA_SHA256,
    issuer: distinguishedName(request.issuerName),
    subject: distinguishedName(request.commonName),
    validity: new asn1.Validity({ notBefore: request.notBefore, notAfter: request.notAfter }),
    subjectPublicKeyInfo: AsnConvert.parse(spki, asn1.SubjectPublicKeyInfo),
    extensions: new asn1.Extensions(request.isAuthority ? authorityExtensions() : leafExtensions(request)),
  })
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(tbs)), request.signingKey)
  const certificate = new asn1.Certificate({
    tbsCertificate: tbs,
    signatureAlgorithm: ECDSA_SHA256,
    signatureValue: arrayBuffer(signature),
  })
  return pem(Buffer.from(AsnConvert.serialize(certificate)))
}

function authorityExtensions(): asn1.Extension[] {
  return [
    extension(asn1.id_ce_basicConstraints, true, new asn1.BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    extension(
      asn1.id_ce_keyUsage,
      true,
      new asn1.KeyUsage(asn1.KeyUsageFlags.keyCertSign | asn1.KeyUsageFlags.cRLSign),
    ),
  ]
}

function leafExtensions(request: CertificateRequest): asn1.Extension[] {
  const names = (request.dnsNames ?? []).map((dNSName) => new asn1.GeneralName({ dNSName }))
  return [
    extension(asn1.id_ce_keyUsage, true, new asn1.KeyUsage(asn1.KeyUsageFlags.digitalSignature)),
    extension(asn1.id_ce_extKeyUsage, false, new asn1.ExtendedKeyUsage([asn1.id_kp_serverAuth, asn1.id_kp_clientAuth])),
    ...(names.length === 0
      ? []
      : [extension(asn1.id_ce_subjectAltName, false, new asn1.SubjectAlternativeName(names))]),
  ]
}

function extension(extnID: string, critical: boolean, value: unknown): asn1.Extension {
  return new asn1.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

function distinguishedName(commonName: string): asn1.Name {
  const value = new asn1.AttributeValue({ utf8String: commonName })
  return new asn1.Name([
    new asn1.RelativeDistinguishedName([new asn1.AttributeTypeAndValue({ type: COMMON_NAME, value })]),
  ])
}

const arrayBuffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`
