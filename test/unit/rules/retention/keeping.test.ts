import { expect } from 'chai'
import fc from 'fast-check'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from '../../../../src/api/retention-policy.ts'
import { type Keeping, keepingOf, livesOf, narrowedKeeping } from '../../../../src/rules/retention/keeping.ts'

const life = fc.integer({ min: 1, max: LONGEST_LIFE_SECONDS })
const lives = fc
  .dictionary(fc.constantFrom(...DATA_CLASSES), life, { minKeys: 1 })
  .map((each) => Object.fromEntries(Object.entries(each)))
const keeping: fc.Arbitrary<Keeping> = fc.record({
  policy: fc.constantFrom('thirty-days', 'a-week'),
  records: fc.constant('callbot-records.clinic.svc:8447'),
  lives,
})
const mayKeep = fc.option(keeping, { nil: undefined })

describe('what is kept of calls', () => {
  it('has the life of each rule, and no class without a rule or with 0 days', () => {
    const rules = [
      { class: 'CallMetadata' as const, days: 30 },
      { class: 'Transcript' as const, days: 0 },
      { class: 'Recording' as const, seconds: 0 },
      { class: 'CallerNumber' as const, seconds: 90 },
    ]
    expect(livesOf({ rules })).to.deep.equal({ CallMetadata: 2_592_000, CallerNumber: 90 })
  })

  it('is nothing while the policy, the place or a life is missing', () => {
    const whole = { policy: 'a', records: 'b:1', lives: { Transcript: 5 } }
    expect(keepingOf(whole)).to.deep.equal(whole)
    expect(keepingOf({ ...whole, policy: undefined })).to.equal(undefined)
    expect(keepingOf({ ...whole, records: undefined })).to.equal(undefined)
    expect(keepingOf({ ...whole, lives: undefined })).to.equal(undefined)
    expect(keepingOf({ ...whole, lives: { Transcript: 0 } })).to.equal(undefined)
  })

  it('of a live call is the least of all policies since it began, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(mayKeep, { minLength: 1 }), (policies) => {
        const [first, ...rest] = policies
        const kept = rest.reduce((before, now) => narrowedKeeping(before, now), first)
        for (const one of DATA_CLASSES) {
          const least = Math.min(...policies.map((each) => each?.lives[one] ?? 0))
          expect(kept?.lives[one] ?? 0).to.equal(policies.includes(undefined) ? 0 : least)
        }
        if (kept !== undefined) expect(kept.policy).to.equal(policies.at(-1)!.policy)
      }),
    )
  })

  it('of a live call that kept nothing stays nothing', () => {
    fc.assert(
      fc.property(mayKeep, (now) => {
        expect(narrowedKeeping(undefined, now)).to.equal(undefined)
      }),
    )
  })
})
