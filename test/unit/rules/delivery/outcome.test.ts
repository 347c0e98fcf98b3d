import { expect } from 'chai'
import fc from 'fast-check'
import { outcomeOf } from '../../../../src/rules/delivery/outcome.ts'

const NOW = Date.parse('2026-11-27T12:00:00Z')
const at = (more: object = {}) => ({ tries: 0, now: NOW, chance: 0, ...more })
const answered = (status: number, retryAfter?: string) => ({ kind: 'answered', status, retryAfter }) as const

describe('what becomes of a message after a try', () => {
  it('is decided by the class of the status: 2xx delivered, 4xx refused, all else again', () => {
    for (const status of [200, 201, 202, 204]) expect(outcomeOf(answered(status), at()).kind).to.equal('delivered')
    for (const status of [400, 401, 403, 404, 410, 413, 422])
      expect(outcomeOf(answered(status), at()).kind).to.equal('refused')
    for (const status of [301, 302, 307, 408, 425, 429, 500, 502, 503, 599])
      expect(outcomeOf(answered(status), at()).kind, String(status)).to.equal('again')
    expect(outcomeOf({ kind: 'silent' }, at()).kind).to.equal('again')
  })

  it('waits as the receiver asks, in seconds or until a date, and 15 minutes at most', () => {
    expect(outcomeOf(answered(429, '60'), at())).to.deep.equal({ kind: 'again', waitMs: 60_000 })
    expect(outcomeOf(answered(503, 'Fri, 27 Nov 2026 12:02:00 GMT'), at())).to.deep.equal({
      kind: 'again',
      waitMs: 120_000,
    })
    expect(outcomeOf(answered(429, '999999999'), at())).to.deep.equal({ kind: 'again', waitMs: 900_000 })
    expect(outcomeOf(answered(429, 'soon'), at())).to.deep.equal({ kind: 'again', waitMs: 4_000 })
  })

  it('is never a wait below 2 s or above 15 minutes, whatever a receiver answers', () => {
    const property = fc.property(
      fc.integer({ min: 100, max: 999 }),
      fc.option(fc.string(), { nil: undefined }),
      fc.nat(1_000_000),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (status, retryAfter, tries, chance) => {
        const outcome = outcomeOf(answered(status, retryAfter), at({ tries, chance }))
        if (outcome.kind === 'again') expect(outcome.waitMs).to.be.within(2_000, 900_000)
      },
    )
    fc.assert(property)
  })
})
