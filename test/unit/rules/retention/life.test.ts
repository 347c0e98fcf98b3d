import { expect } from 'chai'
import fc from 'fast-check'
import { DATA_CLASSES } from '../../../../src/api/retention-policy.ts'
import { bucketOf, bucketWidth } from '../../../../src/rules/retention/bucket.ts'
import { bornUnder, lifeOf, shortening } from '../../../../src/rules/retention/life.ts'

const anyClass = fc.constantFrom(...DATA_CLASSES)
const anyLife = fc.integer({ min: 1, max: 315_360_000 })
const anyTime = fc.integer({ min: 0, max: 4_000_000_000_000 })

describe('the life of a record', () => {
  const policy = { rules: [{ class: 'Transcript', days: 30 } as const, { class: 'Recording', seconds: 0 } as const] }

  it('is what the rule says, in days of 24 hours or in seconds', () => {
    expect(lifeOf(policy, 'Transcript')).to.equal(2_592_000)
    expect(lifeOf({ rules: [{ class: 'Transcript', seconds: 90 }] }, 'Transcript')).to.equal(90)
  })

  it('does not begin under 0 days, without a rule, and while the policy is not known', () => {
    expect(bornUnder(policy, 'Recording', 5)).to.deep.equal({ kind: 'discarded', because: 'ZeroDays' })
    expect(bornUnder(policy, 'CallerNumber', 5)).to.deep.equal({ kind: 'discarded', because: 'NoRule' })
    expect(bornUnder(undefined, 'Transcript', 5)).to.deep.equal({ kind: 'discarded', because: 'PolicyUnknown' })
  })

  it('ends so long after the end of the call as the rule says', () => {
    fc.assert(
      fc.property(anyClass, anyLife, anyTime, (dataClass, life, endedAt) => {
        const birth = bornUnder({ rules: [{ class: dataClass, seconds: life }] }, dataClass, endedAt)
        expect(birth).to.deep.equal({ kind: 'kept', life, expiresAt: endedAt + life * 1_000 })
      }),
    )
  })

  it('is never longer than it was when collected, nor than the strictest policy since allowed', () => {
    fc.assert(
      fc.property(anyLife, fc.array(fc.integer({ min: 0, max: 315_360_000 }), { maxLength: 8 }), (life, policies) => {
        let by = 0
        for (const current of policies) {
          const next = shortening(life, by, current)
          expect(next).to.be.at.least(by)
          by = next
        }
        expect(life - by).to.equal(Math.min(life, ...policies))
      }),
    )
  })
})

describe('the bucket of a record', () => {
  it('holds its expiry, is a thousandth of the life wide, and is the same for all records that expire within it', () => {
    fc.assert(
      fc.property(anyClass, anyLife, anyTime, (dataClass, life, endedAt) => {
        const expiresAt = endedAt + life * 1_000
        const of = { tenant: 'a', policy: 'p', class: dataClass, life }
        const bucket = bucketOf(of, expiresAt)
        expect(bucket.opensAt).to.be.at.most(expiresAt)
        expect(bucket.closesAt).to.be.greaterThan(expiresAt)
        expect(bucket.closesAt - bucket.opensAt)
          .to.equal(bucketWidth(life))
          .and.at.most(life + 1_000)
        expect(bucketOf(of, bucket.opensAt)).to.deep.equal(bucket)
        expect(bucketOf(of, bucket.closesAt - 1)).to.deep.equal(bucket)
        expect(bucketOf(of, bucket.closesAt).opensAt).to.equal(bucket.closesAt)
      }),
    )
  })

  it('is 43 minutes wide for a month, and a second for all lives below 1,000 seconds', () => {
    expect(bucketWidth(2_592_000)).to.equal(2_592_000)
    expect(bucketWidth(999)).to.equal(1_000)
    expect(bucketWidth(1)).to.equal(1_000)
  })
})
