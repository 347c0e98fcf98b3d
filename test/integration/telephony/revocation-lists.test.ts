// @seconds 3
import { expect } from 'chai'
import { readRevocationLists } from '../../../src/pki/crl.ts'
import { createOpensslAuthority, type OpensslAuthority } from '../../harness/openssl-authority.ts'

describe('the revocation lists of authorities', function () {
  this.timeout(30_000)
  let [one, other]: OpensslAuthority[] = []
  let list: string
  before(() => {
    ;[one, other] = [createOpensslAuthority('one'), createOpensslAuthority('other')]
    one.revoke(one.issue('a.example').cert)
    list = one.list()
  })
  after(() => [one, other].forEach((authority) => authority!.remove()))

  const read = (text: string, authorities = [one!.cert], now = Date.now()) =>
    readRevocationLists(text, authorities, now)
  const because = (...args: Parameters<typeof read>) => {
    const found = read(...args)
    return 'because' in found ? found.because : undefined
  }

  it('are taken as OpenSSL writes them, with the end of the first that ends', () => {
    const late = other!.list({ untilSeconds: 7_200 })
    const found = read(`a comment\n${list}${late}`, [one!.cert, other!.cert])
    expect(found).to.have.property('pem', `${list}${late}`)
    expect((found as { until: number }).until).to.be.closeTo(Date.now() + 3_600_000, 60_000)
  })

  it('are needed of each authority, since OpenSSL refuses all certificates of one without', () => {
    expect(because(list, [one!.cert, other!.cert])).to.equal('has no list of authority 2 of 2 in ca.crt')
    expect(because(list, [other!.cert])).to.equal('has a list that none of the authorities in ca.crt has signed')
  })

  it('are refused before they begin, and read when they are over: who asks decides', () => {
    expect(because(list, undefined, Date.now() - 7_200_000)).to.match(/^begins only at 2/)
    expect(because(list, undefined, Date.now() + 7_200_000)).to.equal(undefined)
  })

  it('are refused when any single bit of them is changed, or any part cut off, and never throw', () => {
    const bytes = Buffer.from(list.replace(/-----.*-----/g, ''), 'base64')
    const pem = (some: Buffer) => `-----BEGIN X509 CRL-----\n${some.toString('base64')}\n-----END X509 CRL-----\n`
    expect(because(pem(bytes))).to.equal(undefined)
    for (let at = 0; at < bytes.length * 8; at++) {
      const changed = Buffer.from(bytes)
      changed[at >> 3]! ^= 1 << (at & 7)
      expect(because(pem(changed)), `bit ${at}`).to.be.a('string')
      if (at % 8 === 0 && at > 0)
        expect(because(pem(bytes.subarray(0, at >> 3))), `${at >> 3} octets`).to.be.a('string')
    }
  })

  it('are refused beyond 16 KiB', () => {
    expect(because(list.repeat(60))).to.equal('has more than 16384 characters')
  })
})
