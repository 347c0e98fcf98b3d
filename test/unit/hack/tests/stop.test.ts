import { expect } from 'chai'
import { limitOf, Stop } from '../../../../hack/tests/stop.ts'

describe('the end of a run before its tests', () => {
  it('comes at the second of the epoch that TEST_UNTIL names', async () => {
    const stop = new Stop(Date.now() + 20)
    expect(stop.reason).to.equal(undefined)
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve))
    expect(stop.reason).to.equal('the time limit of the run had come')
  })

  it('is refused where TEST_UNTIL is no such second', () => {
    expect(limitOf('')).to.equal(undefined)
    expect(limitOf('1800000000')).to.equal(1_800_000_000_000)
    expect(() => limitOf('soon')).to.throw('TEST_UNTIL=soon is no second of the epoch')
  })
})
