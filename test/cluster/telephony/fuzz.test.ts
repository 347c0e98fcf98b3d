import { expect } from 'chai'
import { fuzzMedia } from '../../fuzz/media.ts'
import { fuzzSip } from '../../fuzz/sip.ts'

describe('a million mutated messages from strangers', () => {
  it('600,000 of SIP and 400,000 of session descriptions and media neither crash nor stall a pod', async () => {
    const seed = Date.now() >>> 0
    const sip = await fuzzSip({ messages: 600_000, seed })
    const media = await fuzzMedia({ messages: 400_000, seed })
    expect(sip.slowestMs, `seed ${seed}`).to.be.below(20)
    expect(media.slowestMs, `seed ${seed}`).to.be.below(20)
  }).timeout(600_000)
})
