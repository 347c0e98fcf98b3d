import { expect } from 'chai'
import fc from 'fast-check'
import { createHmac } from 'node:crypto'
import { HmacSha1 } from '../../../../src/wire/srtp/hmac-sha1.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

/** RFC 2202, section 3: those whose key fits into a block. */
const VECTORS: readonly (readonly [key: Buffer, data: Buffer, digest: string])[] = [
  [Buffer.alloc(20, 0x0b), Buffer.from('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
  [Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  [Buffer.alloc(20, 0xaa), Buffer.alloc(50, 0xdd), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  [
    hex('0102030405060708090a0b0c0d0e0f10111213141516171819'),
    Buffer.alloc(50, 0xcd),
    '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
  ],
  [Buffer.alloc(20, 0x0c), Buffer.from('Test With Truncation'), '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
]

describe('HMAC-SHA1 of packets', () => {
  it('has the digests of RFC 2202', () => {
    for (const [key, data, digest] of VECTORS) expect(new HmacSha1(key).digest(data).toString('hex')).to.equal(digest)
  })

  it('is what OpenSSL computes, for keys and messages of each length, and messages that end before their buffer', () => {
    const octets = (maxLength: number) => fc.uint8Array({ maxLength })
    fc.assert(
      fc.property(
        octets(64),
        fc.array(fc.tuple(octets(300), octets(20)), { minLength: 1, maxLength: 4 }),
        (key, messages) => {
          const mac = new HmacSha1(key)
          for (const [message, beyond] of messages) {
            const digest = mac.digest(Buffer.concat([message, beyond]), message.length)
            expect(digest).to.deep.equal(createHmac('sha1', key).update(message).digest())
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('is computed for two keys in turn, as of two calls', () => {
    const [one, other] = [new HmacSha1(Buffer.alloc(20, 1)), new HmacSha1(Buffer.alloc(20, 2))]
    const message = Buffer.alloc(172, 3)
    const first = one.digest(message).toString('hex')
    expect(other.digest(message).toString('hex')).to.not.equal(first)
    expect(one.digest(message).toString('hex')).to.equal(first)
  })

  it('refuses a key that is longer than a block', () => {
    expect(() => new HmacSha1(Buffer.alloc(65))).to.throw(RangeError)
  })
})
