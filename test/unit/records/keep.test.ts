import { expect } from 'chai'
import { refused } from '../../../src/messages/store/refusal.ts'
import { keep, type KeepOptions } from '../../../src/records/keep.ts'

const refusedBy = (refusal: ReturnType<typeof refused>) =>
  keep({
    ...{ submission: { policy: 'month', endedAt: 0, records: [] }, tenant: 'lilas', now: 0, roots: undefined },
    store: { lives: () => Promise.resolve(refusal) },
  } as unknown as KeepOptions)

describe('records that the store refuses', () => {
  it('are put off, and the reason is known where the namespace keeps as much as it may', async () => {
    expect(await refusedBy(refused('QuotaExceeded', 'has 9 of 9 keys', 60))).to.deep.equal({
      ...{ kind: 'refused', status: 503, because: 'has 9 of 9 keys', retryAfter: 60, isFull: true },
    })
    expect(await refusedBy(refused('Busy', 'busy', 1))).to.deep.equal({
      ...{ kind: 'refused', status: 503, because: 'busy', retryAfter: 1 },
    })
  })
})
