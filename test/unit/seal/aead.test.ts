import { expect } from 'chai'
import fc from 'fast-check'
import { open, OVERHEAD_OCTETS, seal } from '../../../src/seal/aead.ts'
import { associatedData } from '../../../src/seal/associated-data.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

// McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B, test cases 13 to 16: 256 bits, as NIST published them.
const KEY = hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308')
const IV = hex('cafebabefacedbaddecaf888')
const PLAIN = hex(
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
)
const BODY =
  '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad'
const BOUND = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2')
const ZERO = Buffer.alloc(32)

const VECTORS = [
  {
    name: '13',
    key: ZERO,
    iv: Buffer.alloc(12),
    plain: Buffer.alloc(0),
    bound: Buffer.alloc(0),
    body: '',
    tag: '530f8afbc74536b9a963b4f1c4cb738b',
  },
  {
    name: '14',
    key: ZERO,
    iv: Buffer.alloc(12),
    plain: Buffer.alloc(16),
    bound: Buffer.alloc(0),
    body: 'cea7403d4d606b6e074ec5d3baf39d18',
    tag: 'd0d1c8a799996bf0265b98b5d48ab919',
  },
  {
    name: '15',
    key: KEY,
    iv: IV,
    plain: PLAIN,
    bound: Buffer.alloc(0),
    body: BODY,
    tag: 'b094dac5d93471bdec1a502270e3cc6c',
  },
  {
    name: '16',
    key: KEY,
    iv: IV,
    plain: PLAIN.subarray(0, 60),
    bound: BOUND,
    body: BODY.slice(0, 120),
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  },
]

const octets = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((all) => Buffer.from(all))
const anyPlain = fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all))

describe('sealing', () => {
  for (const { name, key, iv, plain, bound, body, tag } of VECTORS) {
    it(`is AES-256-GCM as in test case ${name} of its specification`, () => {
      const sealed = seal(key, plain, bound, iv)
      expect(sealed.toString('hex')).to.equal(`${iv.toString('hex')}${tag}${body}`)
      expect(open(key, sealed, bound)!.equals(plain)).to.equal(true)
    })
  }

  it('is undone with the same key and data, and with nothing else', () => {
    fc.assert(
      fc.property(
        octets(32),
        anyPlain,
        fc.string(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (key, plain, text, at, flip) => {
          const bound = associatedData('test', [text])
          const sealed = seal(key, plain, bound)
          expect(open(key, sealed, bound)!.equals(plain)).to.equal(true)
          const changed = (buffer: Buffer) => {
            const copy = Buffer.from(buffer)
            copy[at % copy.length]! ^= flip
            return copy
          }
          expect(open(key, changed(sealed), bound)).to.equal(undefined)
          expect(open(changed(key), sealed, bound)).to.equal(undefined)
          expect(open(key, sealed, changed(bound))).to.equal(undefined)
          expect(open(key, sealed.subarray(0, at % sealed.length), bound)).to.equal(undefined)
        },
      ),
    )
  })

  it('is never twice the same, and says no more than the length', () => {
    fc.assert(
      fc.property(octets(32), anyPlain, (key, plain) => {
        const [one, other] = [seal(key, plain, ZERO), seal(key, plain, ZERO)]
        expect(one.equals(other)).to.equal(false)
        expect(one.length).to.equal(plain.length + OVERHEAD_OCTETS)
      }),
    )
  })

  it('is bound to a list of parts, and no other list is the same octets', () => {
    const parts = fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 5 })
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const isSame = JSON.stringify(one.map(String)) === JSON.stringify(other.map(String))
        expect(associatedData('x', one).equals(associatedData('x', other))).to.equal(isSame)
      }),
    )
    expect(associatedData('x', ['ab', 'c']).equals(associatedData('x', ['a', 'bc']))).to.equal(false)
    expect(associatedData('x', ['y']).equals(associatedData('xy', []))).to.equal(false)
  })
})
