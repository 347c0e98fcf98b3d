import { expect } from 'chai'
import { readRefusal, refused, STORE_REASONS, writeRefusal } from '../../../../src/messages/store/refusal.ts'

describe('a refusal of the store', () => {
  it('is read as it was written, with the status of its kind', () => {
    for (const reason of STORE_REASONS) {
      const { status, text, retryAfter } = writeRefusal(refused(reason, 'why'))
      expect(readRefusal(status, text, retryAfter)).to.deep.equal(refused(reason, 'why', retryAfter))
    }
    const statusOf = (reason: (typeof STORE_REASONS)[number]) => writeRefusal(refused(reason, 'x')).status
    expect(
      ['Busy', 'QuotaExceeded', 'Policy', 'Denied', 'Unavailable'].map((one) => statusOf(one as never)),
    ).to.deep.equal([429, 429, 422, 403, 503])
  })

  it('of a newer version, or of somebody else, is one all the same', () => {
    expect(readRefusal(400, '{"reason":"New","because":"x\\u0000"}')).to.deep.equal(refused('Rejected', 'x?'))
    expect(readRefusal(502, '<html>')).to.include({ reason: 'Unavailable' })
  })
})
