import { expect } from 'chai'
import { randomInt } from 'node:crypto'
import { liveDrillYear } from '../../../harness/drill-year.ts'

describe('years of weekly drills, whatever happens in them', () => {
  it('leave no fault behind, decide on each slot once, and have one result for each drill', function () {
    this.timeout(60_000)
    // Another seed each time: `make drill-years SEED=N YEARS=1` repeats the year that fails.
    const first = randomInt(2 ** 30)
    for (let seed = first; seed < first + 4; seed++) {
      const { problems, drills, schedule, timeZone } = liveDrillYear(seed)
      expect(problems, `SEED=${seed} YEARS=1 (${schedule}, ${timeZone})`).to.deep.equal([])
      expect(drills, `drills of SEED=${seed}`).to.be.greaterThan(10)
    }
  })

  it('are the same for the same seed', () => {
    expect(liveDrillYear(7)).to.deep.equal(liveDrillYear(7))
  })
})
