import { expect } from 'chai'
import fc from 'fast-check'
import * as der from '../../../src/pki/der.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('DER', () => {
  it('writes the length in one byte up to 127, then with the number of its bytes before it', () => {
    expect(hex(der.octetString(Buffer.alloc(127)).subarray(0, 2))).to.equal('047f')
    expect(hex(der.octetString(Buffer.alloc(128)).subarray(0, 3))).to.equal('048180')
    expect(hex(der.octetString(Buffer.alloc(255)).subarray(0, 3))).to.equal('0481ff')
    expect(hex(der.octetString(Buffer.alloc(256)).subarray(0, 4))).to.equal('04820100')
    expect(() => der.octetString(Buffer.alloc(65_536))).to.throw(RangeError, '65536 bytes')
  })

  it('writes object identifiers in base 128', () => {
    expect(hex(der.objectIdentifier('1.2.840.113549'))).to.equal('06062a864886f70d') // X.690 section 8.19, RFC 3279
    expect(hex(der.objectIdentifier('1.2.840.10045.4.3.2'))).to.equal('06082a8648ce3d040302') // RFC 5758 section 3.2
    expect(hex(der.objectIdentifier('2.5.29.17'))).to.equal('0603551d11') // RFC 5280 section 4.2.1.6
  })

  it('writes years until 2049 with two digits and later ones with four', () => {
    expect(der.time(new Date('2049-12-31T23:59:59.999Z')).toString('latin1')).to.equal('\x17\x0d491231235959Z')
    expect(der.time(new Date('2050-01-01T00:00:00.000Z')).toString('latin1')).to.equal('\x18\x0f20500101000000Z')
  })

  it('nests: a sequence is exactly its parts with their whole length before them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (contents) => {
        const parts = contents.map((each) => der.octetString(each))
        const whole = der.sequence(...parts)
        const all = Buffer.concat(parts)
        expect(hex(whole).endsWith(hex(all))).to.equal(true)
        const head = whole.length - all.length
        const length = head === 2 ? whole[1] : whole.readUIntBE(2, head - 2)
        expect(length).to.equal(all.length)
      }),
    )
  })
})
