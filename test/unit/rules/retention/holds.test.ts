import { expect } from 'chai'
import fc from 'fast-check'
import { DATA_CLASSES } from '../../../../src/api/retention-policy.ts'
import { bucketOf } from '../../../../src/rules/retention/bucket.ts'
import { coverOf, holds } from '../../../../src/rules/retention/holds.ts'

const DAY_MS = 86_400_000
const [FIRST, DAYS] = [Date.UTC(2026, 0, 1), 60]
const dayOf = (nth: number) => new Date(FIRST + nth * DAY_MS).toISOString().slice(0, 10)
const nth = fc.nat(DAYS)
const hold = fc
  .record({ classes: fc.uniqueArray(fc.constantFrom(...DATA_CLASSES)), from: nth, until: nth, end: nth })
  .map(({ classes, from, until, end }) => ({
    ...{ name: 'case-7', classes, callsFrom: dayOf(Math.min(from, until)), callsUntil: dayOf(Math.max(from, until)) },
    endsOn: dayOf(end),
  }))

describe('what a legal hold covers', () => {
  it('is kept by the hold while it is in force, for every record: nothing is read that was not held', () => {
    const call = fc.record({
      ...{ class: fc.constantFrom(...DATA_CLASSES), life: fc.integer({ min: 1, max: 315_360_000 }) },
      ...{ endedAt: fc.integer({ min: FIRST, max: FIRST + DAYS * DAY_MS }), now: nth },
    })
    fc.assert(
      fc.property(hold, call, (one, { class: of, life, endedAt, now }) => {
        const { classes, callsFrom, callsUntil, endsAt } = coverOf(one)
        const isCovered = (classes.length === 0 || classes.includes(of)) && endedAt >= callsFrom && endedAt < callsUntil
        const at = FIRST + now * DAY_MS
        const bucket = bucketOf({ tenant: 'a', policy: 'b', class: of, life }, endedAt + life * 1_000)
        if (isCovered && at < endsAt) expect(holds(one, bucket, at)).to.equal(true)
        if (at >= endsAt) expect(holds(one, bucket, at)).to.equal(false)
      }),
    )
  })

  it('is calls from the first second of its first day to the last second of its last day, UTC', () => {
    const days = { callsFrom: '2026-01-01', callsUntil: '2026-01-31', endsOn: '2027-12-31' }
    expect(coverOf({ name: 'case-7', classes: ['Transcript'], ...days })).to.deep.equal({
      classes: ['Transcript'],
      ...{ callsFrom: Date.UTC(2026, 0, 1), callsUntil: Date.UTC(2026, 1, 1), endsAt: Date.UTC(2028, 0, 1) },
    })
  })
})
