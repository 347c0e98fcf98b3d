import { expect } from 'chai'
import fc from 'fast-check'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { signCertificate } from '../../../src/pki/x509.ts'

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const lifetime = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') }

function authority() {
  const keys = pair()
  const pem = signCertificate({
    ...lifetime,
    commonName: 'an authority',
    issuerName: 'an authority',
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    serial: '01',
    isAuthority: true,
  })
  return { keys, certificate: new X509Certificate(pem) }
}

describe('a signed certificate', () => {
  const ca = authority()
  const leafKeys = pair()
  const leaf = new X509Certificate(
    signCertificate({
      ...lifetime,
      commonName: 'a bot',
      issuerName: 'an authority',
      publicKey: leafKeys.publicKey,
      signingKey: ca.keys.privateKey,
      serial: '7f00aa',
      dnsNames: ['bot.clinic.svc', 'bot.clinic.svc.cluster.local'],
    }),
  )

  it('is verified by OpenSSL against its authority', () => {
    expect(leaf.verify(ca.certificate.publicKey)).to.equal(true)
    expect(leaf.checkIssued(ca.certificate)).to.equal(true)
  })

  it('is refused against another authority', () => {
    expect(leaf.verify(authority().certificate.publicKey)).to.equal(false)
  })

  it('holds the names that a peer checks, and no other', () => {
    expect(leaf.checkHost('bot.clinic.svc')).to.equal('bot.clinic.svc')
    expect(leaf.checkHost('other.clinic.svc')).to.equal(undefined)
  })

  it('has names that are not critical, since it has a subject (RFC 5280, section 4.2.1.6)', () => {
    const named = Buffer.from('0603551d11', 'hex')
    const after = leaf.raw.subarray(leaf.raw.indexOf(named) + named.length)
    expect(after[0], 'the octets of the names, and no BOOLEAN before them').to.equal(0x04)
  })

  it('serves both ends of mutual TLS and is no authority', () => {
    expect(leaf.keyUsage).to.have.members(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
    expect(leaf.ca).to.equal(false)
    expect(ca.certificate.ca).to.equal(true)
  })

  it('keeps its serial, its private key and its dates', () => {
    expect(leaf.serialNumber.toLowerCase()).to.equal('7f00aa')
    expect(leaf.checkPrivateKey(leafKeys.privateKey)).to.equal(true)
    expect(leaf.validToDate.toISOString()).to.equal('2027-01-01T00:00:00.000Z')
  })

  it('is read and verified by OpenSSL at any length of names, dates and serials', () => {
    const signer = pair()
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,60}$/), { maxLength: 12 }),
        fc.date({ min: new Date('2020-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
        fc.integer({ min: 1, max: 0x7f }),
        fc.uint8Array({ maxLength: 19 }),
        (names, notAfter, first, rest) => {
          const serial = Buffer.from([first, ...rest]).toString('hex')
          const pem = signCertificate({
            commonName: names[0] ?? 'a bot',
            issuerName: 'an authority',
            publicKey: leafKeys.publicKey,
            signingKey: signer.privateKey,
            serial,
            notBefore: lifetime.notBefore,
            notAfter,
            dnsNames: names,
          })
          const read = new X509Certificate(pem)
          expect(read.verify(signer.publicKey)).to.equal(true)
          expect(read.serialNumber.toLowerCase().replace(/^0/, '')).to.equal(serial.replace(/^0/, ''))
          expect(read.validToDate.getTime()).to.equal(Math.floor(notAfter.getTime() / 1000) * 1000)
          for (const name of names) expect(read.checkHost(name)).to.equal(name)
        },
      ),
      { numRuns: 50 },
    )
  })
})
