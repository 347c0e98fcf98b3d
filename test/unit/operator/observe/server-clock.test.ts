import { expect } from 'chai'
import { createServerClock } from '../../../../src/operator/observe/server-clock.ts'

describe('the clock of the API server', () => {
  it('is compared with ours by the header Date of its answers', () => {
    let now = Date.parse('2026-11-30T05:30:00.700Z')
    const clock = createServerClock({ wall: () => now })
    expect(clock.skew()).to.equal(undefined)
    clock.heard('no date')
    expect(clock.skew()).to.equal(undefined)
    clock.heard('Mon, 30 Nov 2026 05:30:00 GMT')
    expect(clock.skew()).to.equal(200)
    now -= 60_000
    clock.heard('Mon, 30 Nov 2026 05:30:00 GMT')
    expect(clock.skew()).to.equal(-59_800)
  })
})
