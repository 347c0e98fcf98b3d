import { expect } from 'chai'
import { fuzzSip } from '../../../fuzz/sip.ts'

describe('SIP from strangers', () => {
  it('60,000 mutated messages neither crash nor stall the pod in the middle of a call, and each answer is SIP', async () => {
    const { outcomes, slowestMs } = await fuzzSip({ messages: 60_000, seed: 20_261_124 })
    expect(slowestMs).to.be.below(20)
    // Some have to get all the way, or the mutations prove nothing.
    for (const outcome of [
      'request 200',
      'request 481',
      'request 183',
      'request 500',
      'request 415',
      'request 501',
      'misunderstood 400',
      'fault 400',
      'response',
      'discarded',
    ]) {
      expect(outcomes[outcome], outcome).to.be.greaterThan(30)
    }
  }).timeout(180_000)
})
