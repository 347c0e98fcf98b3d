import { expect } from 'chai'
import fc from 'fast-check'
import { nextEpoch } from '../../../src/rules/epoch.ts'

describe('the epoch of a route', () => {
  it('begins at the wall clock, so that a recreated route is newer than the one before it', () => {
    expect(nextEpoch(1_795_521_600_000.7)).to.equal(1_795_521_600_000)
    expect(nextEpoch(1000, undefined, undefined)).to.equal(1000)
  })

  it('is above every epoch seen, wherever the clock stands', () => {
    const clock = fc.integer({ min: 0, max: 2 ** 42 })
    fc.assert(
      fc.property(clock, fc.array(fc.option(clock, { nil: undefined })), (now, seen) => {
        const epoch = nextEpoch(now, ...seen)
        expect(epoch).to.be.at.least(now)
        for (const each of seen) expect(epoch).to.be.greaterThan(each ?? -1)
      }),
    )
  })

  it('grows with each write, also while the clock is set back again and again', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 2 }), (clocks) => {
        const epochs = clocks.reduce<number[]>((written, now) => [...written, nextEpoch(now, written.at(-1))], [])
        for (let i = 1; i < epochs.length; i++) expect(epochs[i]).to.be.greaterThan(epochs[i - 1]!)
      }),
    )
  })
})
