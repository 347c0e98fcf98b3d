import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { signCertificate } from '../../src/pki/x509.ts'

/** A certificate and its key, PEM. */
export interface Issued {
  cert: string
  key: string
}

/** A CA for tests, with real keys. */
export interface Authority {
  cert: string
  /** For servers and clients alike, valid from an hour ago to `notAfter` (default: an hour from now). */
  issue(dnsNames: string[], notAfter?: Date, commonName?: string): Issued
}

const HOUR = 3_600_000
const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

export function createAuthority(name: string): Authority {
  const own = keyPair()
  const sign = (
    publicKey: KeyObject,
    rest: { commonName: string; dnsNames?: string[]; notAfter?: Date; isAuthority?: boolean },
  ) =>
    signCertificate({
      issuerName: name,
      publicKey,
      signingKey: own.privateKey,
      serial: `01${randomBytes(15).toString('hex')}`,
      notBefore: new Date(Date.now() - HOUR),
      notAfter: rest.notAfter ?? new Date(Date.now() + HOUR),
      ...rest,
    })
  return {
    cert: sign(own.publicKey, { commonName: name, isAuthority: true }),
    issue(dnsNames, notAfter, commonName = 'test') {
      const { publicKey, privateKey } = keyPair()
      const cert = sign(publicKey, { commonName, dnsNames, ...(notAfter === undefined ? {} : { notAfter }) })
      return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
    },
  }
}
