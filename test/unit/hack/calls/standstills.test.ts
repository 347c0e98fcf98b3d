import { expect } from 'chai'
import fc from 'fast-check'
import { commonStalls, stallsIn, type Stall } from '../../../../hack/calls/standstills.ts'

const stall = fc
  .tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 100 }))
  .map(([from, ms]) => ({ from, until: from + ms }))
/** As a witness writes them: one after the other. */
const core = fc.array(stall, { maxLength: 8 }).map((all) => {
  const ordered = all.toSorted((one, other) => one.from - other.from)
  return ordered.filter(({ from }, at) => at === 0 || ordered.slice(0, at).every(({ until }) => until <= from))
})
const isIn = (stalls: readonly Stall[], at: number) => stalls.some(({ from, until }) => from <= at && at < until)

describe('a machine that stands still', () => {
  it('is one of which no core runs, at each moment', () => {
    fc.assert(
      fc.property(fc.array(core, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 600 }), (cores, at) => {
        const all = cores.every((stalls) => isIn(stalls, at))
        expect(isIn(commonStalls(cores), at)).to.equal(all)
      }),
    )
  })

  it('is read from what the witness of each core writes', () => {
    expect(stallsIn('1000.5 30\n2000 45.5\n')).to.deep.equal([
      { from: 1000.5, until: 1030.5 },
      { from: 2000, until: 2045.5 },
    ])
  })
})
