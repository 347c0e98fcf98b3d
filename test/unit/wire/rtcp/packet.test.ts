import { expect } from 'chai'
import fc from 'fast-check'
import { readRtcp, writeRtcp } from '../../../../src/wire/rtcp/packet.ts'

const u32 = fc.nat(0xffffffff)
const block = fc.record({
  ssrc: u32,
  fractionLost: fc.nat(255),
  cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
  extendedHighest: u32,
  jitter: u32,
  lastSenderReport: u32,
  delaySinceLast: u32,
})
const sent = fc.record({ wallMs: fc.integer({ min: 0, max: 4e12 }), timestamp: u32, packets: u32, octets: u32 })
const packet = fc.record({
  ssrc: u32,
  cname: fc.string({ unit: fc.constantFrom(...'abcXYZ019+/'), maxLength: 40 }),
  sent: fc.option(sent, { nil: undefined }),
  report: fc.option(block, { nil: undefined }),
  bye: fc.boolean(),
})

describe('an RTCP packet', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(packet, (written) => {
        const read = readRtcp(writeRtcp(written))!
        expect(read.ssrc).to.equal(written.ssrc)
        expect(read.bye).to.equal(written.bye)
        expect(read.reports).to.deep.equal(written.report === undefined ? [] : [written.report])
        expect(read.senderReport === undefined).to.equal(written.sent === undefined)
      }),
    )
  })

  it('carries the time as NTP does: seconds since 1900, and the middle of it comes back', () => {
    const octets = writeRtcp({ ssrc: 1, cname: 'x', sent: { wallMs: 500, timestamp: 2, packets: 3, octets: 4 } })
    expect(octets.readUInt32BE(8)).to.equal(2_208_988_800)
    expect(octets.readUInt32BE(12)).to.equal(0x80000000)
    expect(readRtcp(octets)!.senderReport!.ntpMiddle).to.equal(((2_208_988_800 % 0x10000) * 0x10000 + 0x8000) >>> 0)
  })

  it('always has a report first and a name (RFC 3550 6.1), in whole words', () => {
    for (const cname of ['', 'a', 'ab', 'abc', 'abcd', 'abcde']) {
      const octets = writeRtcp({ ssrc: 1, cname })
      expect(octets.length % 4).to.equal(0)
      expect([octets[1], octets[9]]).to.deep.equal([201, 202])
      // A zero ends the items.
      expect(octets[8 + 8 + 2 + cname.length]).to.equal(0)
    }
  })

  it('that is not valid is none (A.2)', () => {
    const good = writeRtcp({ ssrc: 1, cname: 'abc', bye: true })
    const changed = (at: number, value: number) => {
      const octets = Buffer.from(good)
      octets[at] = value
      return octets
    }
    expect(readRtcp(good)).to.not.equal(undefined)
    const bad = {
      'of another version': changed(0, 0x40),
      'not a report first': changed(1, 202),
      'more reports than it holds': changed(0, 0x81),
      'longer than it is': changed(3, 60),
      'padding before its last part': changed(0, 0xa0),
      'cut off': good.subarray(0, good.length - 2),
      'more names than it holds': changed(good.length - 8, 0x9f),
      short: good.subarray(0, 7),
    }
    for (const [name, octets] of Object.entries(bad)) expect(readRtcp(octets), name).to.equal(undefined)
  })

  it('of any octets makes nothing throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(200, 201), (any, type) => {
        any[0] = ((any[0] ?? 0) & 0x3f) | 0x80
        any[1] = type
        readRtcp(Buffer.from(any))
      }),
      { numRuns: 2_000 },
    )
  })
})
