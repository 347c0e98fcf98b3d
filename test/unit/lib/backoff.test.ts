import { expect } from 'chai'
import fc from 'fast-check'
import { backoff } from '../../../src/lib/backoff.ts'

const rule = { first: 100, most: 5_000, factor: 2, jitter: 0.5 }

describe('a backoff', () => {
  it('doubles from the first wait up to the longest', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => backoff(rule, failures, 0))
    expect(waits).to.deep.equal([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000])
  })

  it('is shortened by chance, by no more than the jitter', () => {
    expect(backoff(rule, 1, 0.5)).to.equal(75)
    expect(backoff(rule, 1, 1)).to.equal(50)
  })

  it('is always a number between nothing and the longest wait, after any number of failures', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
        const wait = backoff(rule, failures, chance)
        expect(wait).to.be.within(50, 5_000)
      }),
    )
  })
})
