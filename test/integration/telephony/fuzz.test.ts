// @seconds 5
import { expect } from 'chai'
import { fuzzMedia } from '../../fuzz/media.ts'
import { fuzzSip } from '../../fuzz/sip.ts'
import { extent } from '../../harness/extent.ts'
import { patient } from '../../harness/patience.ts'

const SIP = extent('SIP_MESSAGES', { short: 40_000, whole: 600_000 })
const MEDIA = extent('MEDIA_MESSAGES', { short: 30_000, whole: 400_000 })

describe('mutated messages from strangers', () => {
  it('neither crash nor stall a pod, of SIP or of session descriptions and media', async () => {
    const seed = Date.now() >>> 0
    const sip = await fuzzSip({ messages: SIP, seed })
    const media = await fuzzMedia({ messages: MEDIA, seed })
    expect(sip.slowestMs, `seed ${seed}`).to.be.below(patient(20))
    expect(media.slowestMs, `seed ${seed}`).to.be.below(patient(20))
  }).timeout(600_000)
})
