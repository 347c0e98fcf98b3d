import { expect } from 'chai'
import fc from 'fast-check'
import { cutPadding, emptyRtpHeader, isRtcp, readRtp, writeRtp } from '../../../../src/wire/rtp/packet.ts'

const fields = fc.record({
  marker: fc.boolean(),
  payloadType: fc.nat(127),
  sequence: fc.nat(0xffff),
  timestamp: fc.nat(0xffffffff),
  ssrc: fc.nat(0xffffffff),
})

function read(octets: Buffer) {
  const header = emptyRtpHeader()
  return readRtp(octets, octets.length, header) && cutPadding(octets, header) ? header : undefined
}

describe('an RTP packet', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fields, fc.nat(200), (written, payload) => {
        const octets = Buffer.alloc(12 + payload, 0xff)
        writeRtp(octets, written)
        expect(read(octets)).to.deep.equal({
          ...written,
          hasPadding: false,
          payloadStart: 12,
          payloadEnd: octets.length,
        })
      }),
    )
  })

  it('has its payload behind contributing sources and extension, and before padding (RFC 3550 5.1)', () => {
    const head = Buffer.alloc(12)
    writeRtp(head, { marker: false, payloadType: 0, sequence: 1, timestamp: 2, ssrc: 3 })
    head[0] = 0x80 | 0x20 | 0x10 | 2
    const extension = Buffer.from('bede0001aabbccdd', 'hex')
    const octets = Buffer.concat([head, Buffer.alloc(8), extension, Buffer.from([7, 8, 9, 0, 0, 3])])
    const header = read(octets)!
    expect([...octets.subarray(header.payloadStart, header.payloadEnd)]).to.deep.equal([7, 8, 9])
  })

  it('that claims more than it has is none (RFC 3550 A.1)', () => {
    const head = (first: number) => {
      const octets = Buffer.alloc(12)
      octets[0] = first
      return octets
    }
    const bad = {
      short: head(0x80).subarray(0, 11),
      'of another version': head(0x40),
      'fewer sources': Buffer.concat([head(0x82), Buffer.alloc(7)]),
      'no extension': Buffer.concat([head(0x90), Buffer.alloc(3)]),
      'a longer extension': Buffer.concat([head(0x90), Buffer.from('bede0002aabbccdd', 'hex')]),
      'padding of nothing': head(0xa0),
      'padding of 0': Buffer.concat([head(0xa0), Buffer.from([1, 0])]),
      'more padding': Buffer.concat([head(0xa0), Buffer.from([1, 3])]),
    }
    for (const [name, octets] of Object.entries(bad)) expect(read(octets), name).to.equal(undefined)
  })

  it('is read from any octets without a throw, and never beyond their end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (any) => {
        const header = read(Buffer.from(any))
        if (header === undefined) return
        expect(header.payloadStart).to.be.at.most(header.payloadEnd)
        expect(header.payloadEnd).to.be.at.most(any.length)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is distinguished from RTCP on the same port by its second octet (RFC 5761 4)', () => {
    for (const type of [192, 200, 201, 207, 223]) expect(isRtcp(Buffer.from([0x80, type])), String(type)).to.equal(true)
    for (const type of [0, 8, 101, 128 + 8, 128 + 101, 224]) {
      expect(isRtcp(Buffer.from([0x80, type])), String(type)).to.equal(false)
    }
  })
})
