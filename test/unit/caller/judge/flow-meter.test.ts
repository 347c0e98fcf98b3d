import { expect } from 'chai'
import fc from 'fast-check'
import { FlowMeter } from '../../../../src/caller/judge/flow-meter.ts'

/** Looks every 20 ms; `came` says whether a packet has. */
function watch(came: readonly boolean[], startedAt = 1_000) {
  const meter = new FlowMeter(startedAt)
  let packets = 0
  for (const [index, has] of came.entries()) {
    if (has) packets++
    meter.look(startedAt + (index + 1) * 20, packets)
  }
  return meter.end(startedAt + came.length * 20)
}

describe('the media of a test call', () => {
  it('is due from the first packet to the end, by the clock of who listens', () => {
    const late = [...Array<boolean>(10).fill(false), ...Array<boolean>(90).fill(true)]
    expect(watch(late)).to.deep.include({ sentDue: 100, due: 90, firstAfterMilliseconds: 220, gaps: 0 })
  })

  it('never was where nothing came: all of the call is silence', () => {
    const none = { due: 0, gaps: 0, firstAfterMilliseconds: null, longestSilenceMilliseconds: 1_000 }
    expect(watch(Array<boolean>(50).fill(false))).to.deep.include(none)
  })

  it('has a gap for each time without a packet for more than 60 ms, also at the end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 30 })), { maxLength: 20 }),
        (runs) => {
          const came = runs.flatMap(([good, bad]) => [
            ...Array<boolean>(good).fill(true),
            ...Array<boolean>(bad).fill(false),
          ])
          const { due, gaps, longestSilenceMilliseconds } = watch(came)
          expect(due).to.equal(came.length)
          // The last packet before a hole of three was 80 ms before the next one; at the end nothing follows.
          const holes = runs.filter(([, bad], index) => (index === runs.length - 1 ? bad > 3 : bad >= 3)).length
          expect(gaps).to.equal(holes)
          const longest = Math.max(0, ...runs.map(([, bad], index) => (index === runs.length - 1 ? bad : bad + 1)))
          // Between two packets are 20 ms at least. One that came in the last moment of a call has no other beside it.
          const least = came.length > 1 ? 20 : 0
          if (runs.length > 0) expect(longestSilenceMilliseconds).to.equal(Math.max(least, longest * 20))
        },
      ),
    )
  })

  it('says how late its own clock was', () => {
    const meter = new FlowMeter(0)
    for (const at of [20, 40, 160, 180]) meter.look(at, at / 20)
    expect(meter.end(180).ownDelayMilliseconds).to.equal(100)
  })
})
