import { expect } from 'chai'
import fc from 'fast-check'
import { renewalReason, renewalTime } from '../../../src/pki/certificate-renewal.ts'

const held = { serial: 's', issuer: 'ca-1', bundle: 'b-1', notBefore: 1000, notAfter: 2000 }
const authority = { issuer: 'ca-1', bundle: 'b-1' }

describe('a certificate', () => {
  it('is due for renewal at its share of the lifetime, always before its end', () => {
    expect(renewalTime(held, 0.66)).to.equal(1660)
    const anyCertificate = fc.record({ notBefore: fc.nat(), lifetime: fc.integer({ min: 1, max: 2 ** 40 }) })
    fc.assert(
      fc.property(anyCertificate, fc.double({ min: 0.1, max: 0.95, noNaN: true }), ({ notBefore, lifetime }, share) => {
        const at = renewalTime({ notBefore, notAfter: notBefore + lifetime }, share)
        expect(at).to.be.within(notBefore, notBefore + lifetime)
      }),
    )
  })

  it('serves until then', () => {
    expect(renewalReason(held, authority, 0.66, 1659)).to.equal(undefined)
    expect(renewalReason(held, authority, 0.66, 1660)).to.equal('it expires soon')
  })

  it('is issued when there is none', () => {
    expect(renewalReason(undefined, authority, 0.66, 0)).to.equal('no certificate has been issued yet')
  })

  it('is replaced when its CA does not sign any more, or when others are trusted than when it was handed out', () => {
    expect(renewalReason(held, { ...authority, issuer: 'ca-2' }, 0.66, 0)).to.equal('it was signed by an earlier CA')
    expect(renewalReason(held, { ...authority, bundle: 'b-2' }, 0.66, 0)).to.equal('the trust bundle has changed')
  })
})
