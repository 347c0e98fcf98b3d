import { expect } from 'chai'
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { readRevocationLists } from '../../../src/pki/crl.ts'
import * as der from '../../../src/pki/der.ts'
import { signCertificate } from '../../../src/pki/x509.ts'

const NOW = Date.UTC(2026, 10, 30)
const DAY = 86_400_000
const ECDSA_WITH_SHA256 = der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2'))

function authority(name: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = signCertificate({
    ...{ commonName: name, issuerName: name, publicKey, signingKey: privateKey, serial: '01', isAuthority: true },
    ...{ notBefore: new Date(NOW - DAY), notAfter: new Date(NOW + 9_000 * DAY) },
  })
  return { name, pem, key: privateKey }
}

/** A list without entries (RFC 5280 section 5.1), as its authority signs it. */
function listOf(by: { name: string; key: KeyObject }, o: { from?: number; until?: number | undefined } = {}): string {
  const commonName = der.sequence(der.objectIdentifier('2.5.4.3'), der.utf8String(by.name))
  const body = der.sequence(
    der.integer(Buffer.from([1])),
    ECDSA_WITH_SHA256,
    der.sequence(der.set(commonName)),
    der.time(new Date(o.from ?? NOW - DAY)),
    ...(o.until === undefined ? [] : [der.time(new Date(o.until))]),
  )
  const bytes = der.sequence(body, ECDSA_WITH_SHA256, der.bitString(sign('sha256', body, by.key)))
  return `-----BEGIN X509 CRL-----\n${bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END X509 CRL-----\n`
}

describe('revocation lists', () => {
  const [ours, other] = [authority('ours'), authority('other')]
  const read = (text: string, ...by: { pem: string }[]) =>
    readRevocationLists(
      text,
      by.map(({ pem }) => pem),
      NOW,
    )

  it('are in use until the first authority has none any more, in years of two digits and of four, or for ever', () => {
    const [soon, late] = [Date.UTC(2027, 0, 1), Date.UTC(2051, 0, 1)]
    expect(read(listOf(ours, { until: soon }), ours)).to.have.property('until', soon)
    expect(read(listOf(ours, { until: late }), ours)).to.have.property('until', late)
    expect(read(listOf(ours), ours)).not.to.have.property('until')
    const both = listOf(ours, { until: late }) + listOf(other, { until: soon })
    expect(read(both, ours, other)).to.include({ until: soon, pem: both })
    const renewed = listOf(ours, { until: soon }) + listOf(ours, { until: late })
    expect(read(renewed, ours), 'the later of two of one authority').to.have.property('until', late)
  })

  it('are refused where one is of a stranger, since OpenSSL would load it for nobody', () => {
    const because = 'has a list that none of the authorities in ca.crt has signed'
    expect(read(listOf(other), ours)).to.deep.equal({ because })
    expect(read(listOf(ours) + listOf(other), ours)).to.deep.equal({ because })
    expect(read(listOf({ ...ours, key: other.key }), ours), 'the name of ours, the key of another').to.deep.equal({
      because,
    })
  })

  it('are refused where an authority has none, a list begins later, or there is none at all', () => {
    expect(read(listOf(ours), ours, other)).to.deep.equal({ because: 'has no list of authority 2 of 2 in ca.crt' })
    expect(read(listOf(ours, { from: NOW + DAY }), ours)).to.deep.equal({
      because: 'begins only at 2026-12-01T00:00:00.000Z',
    })
    expect(read(listOf(ours, { from: NOW }), ours), 'it begins now').to.have.property('pem')
    expect(read('', ours)).to.deep.equal({ because: 'is no revocation list in PEM' })
    expect(read(listOf(ours).slice(0, 90), ours)).to.deep.equal({ because: 'is no revocation list in PEM' })
    expect(read(`${listOf(ours)}${'x'.repeat(16_384)}`, ours)).to.deep.equal({
      because: 'has more than 16384 characters',
    })
  })
})
