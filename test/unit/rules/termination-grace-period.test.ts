import { expect } from 'chai'
import { graceSeconds, RELAY_SECONDS } from '../../../src/rules/termination-grace-period.ts'

describe('the time that Kubernetes gives a pod that leaves', () => {
  it('is its deadline, the longest talk that it relays after that, and some seconds to close', () => {
    expect(graceSeconds(0)).to.equal(RELAY_SECONDS + 15)
    expect(graceSeconds(1_800)).to.equal(1_800 + RELAY_SECONDS + 15)
  })
})
