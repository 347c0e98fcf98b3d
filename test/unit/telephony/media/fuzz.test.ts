import { expect } from 'chai'
import { fuzzMedia } from '../../../fuzz/media.ts'

describe('media from strangers', () => {
  it('100,000 mutated descriptions and packets neither crash nor stall the pod, and none is heard that was forged', () => {
    const { outcomes, slowestMs } = fuzzMedia({ messages: 100_000, seed: 20_261_124 })
    expect(slowestMs).to.be.below(20)
    // Some have to get all the way, or the mutations prove nothing.
    for (const outcome of [
      'SDP answered',
      'SDP malformed',
      'SDP refused 302',
      'RTP heard',
      'RTP malformed',
      'RTP foreignSsrc',
      'RTP control heard',
      'RTP control malformed',
      'SRTP unauthenticated',
      'SRTP replayed',
      'SRTP control unauthenticated',
    ]) {
      expect(outcomes[outcome], outcome).to.be.greaterThan(100)
    }
  }).timeout(120_000)
})
