import { expect } from 'chai'
import { untilNextLook } from '../../../../hack/cluster/shell.ts'

describe('whoever waits for something', () => {
  it('asks again soon what is answered at once', () => {
    expect(untilNextLook(0)).to.equal(25)
    expect(untilNextLook(12)).to.equal(25)
  })

  it('leaves what costs time alone for twice as long, and for half a second at most', () => {
    expect(untilNextLook(100)).to.equal(200)
    expect(untilNextLook(9_000)).to.equal(500)
  })
})
