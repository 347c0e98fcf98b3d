import { expect } from 'chai'
import fc from 'fast-check'
import { RtpSource } from '../../../../src/wire/rtp/source.ts'

const feed = (source: RtpSource, ...sequences: number[]) =>
  sequences.map((sequence) => source.update(sequence & 0xffff))

describe('a source of RTP (RFC 3550 A.1)', () => {
  it('is believed after two packets in a row, or at once when they are authenticated', () => {
    expect(feed(new RtpSource(1, false), 10, 12, 13, 14)).to.deep.equal([false, false, true, true])
    expect(feed(new RtpSource(1, true), 10, 12)).to.deep.equal([true, true])
    expect(feed(new RtpSource(1, false), 65_535, 0, 1)).to.deep.equal([false, true, true])
  })

  it('counts what is lost, over a wrap and out of order', () => {
    const source = new RtpSource(1, true)
    feed(source, 65_533, 65_535, 0, 65_534, 3)
    expect(source.lost).to.equal(2)
    feed(source, 1, 2)
    expect(source.lost).to.equal(0)
    feed(source, 3)
    expect(source.lost).to.equal(-1)
  })

  it('has lost nothing before it is believed, nor before its first packet', () => {
    const unheard = new RtpSource(1, true)
    expect(unheard.lost).to.equal(0)
    const doubted = new RtpSource(1, false)
    feed(doubted, 10, 14)
    expect(doubted.lost).to.equal(0)
  })

  it('that jumps is not believed at first, and counts from zero when it goes on there', () => {
    const source = new RtpSource(1, true)
    feed(source, 1, 2, 3)
    expect(feed(source, 30_000, 4, 40_000, 40_001, 40_003)).to.deep.equal([false, true, false, true, true])
    expect(source.lost).to.equal(1)
  })

  it('reports the fraction lost since the last report (A.3)', () => {
    const source = new RtpSource(1, true)
    feed(source, 1, 2, 3, 5)
    expect(source.report()).to.deep.include({
      fractionLost: Math.floor(256 / 5),
      cumulativeLost: 1,
      extendedHighest: 5,
    })
    feed(source, 6, 7)
    expect(source.report()).to.deep.include({ fractionLost: 0, cumulativeLost: 1 })
    feed(source, 65_540, 65_541)
    expect(source.report().fractionLost).to.equal(0)
  })

  it('has no jitter when packets come as they were sent, and some when they do not (A.8)', () => {
    const [even, uneven] = [new RtpSource(1, true), new RtpSource(1, true)]
    for (let turn = 0; turn < 200; turn++) {
      const late = turn % 2 === 0 ? 0 : 80
      even.arrived(1_000 + turn * 160, 0xffffff00 + turn * 160)
      uneven.arrived(1_000 + turn * 160 + late, 0xffffff00 + turn * 160)
    }
    expect(even.jitter).to.be.below(1)
    // Every packet comes 80 samples earlier or later than the one before says.
    expect(uneven.jitter).to.be.within(75, 81)
  })

  it('never reports what its field can not hold', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 300 }), fc.boolean(), (sequences, isTrusted) => {
        const source = new RtpSource(1, isTrusted)
        feed(source, ...sequences)
        const { fractionLost, cumulativeLost, extendedHighest, jitter } = source.report()
        expect(fractionLost).to.be.within(0, 255)
        expect(cumulativeLost).to.be.within(-0x800000, 0x7fffff)
        expect(extendedHighest).to.be.within(0, 0xffffffff)
        expect(jitter).to.equal(0)
      }),
    )
  })
})
