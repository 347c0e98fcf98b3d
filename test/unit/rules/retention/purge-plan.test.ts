import { expect } from 'chai'
import fc from 'fast-check'
import { DATA_CLASSES } from '../../../../src/api/retention-policy.ts'
import { bucketOf } from '../../../../src/rules/retention/bucket.ts'
import { holds, type Hold } from '../../../../src/rules/retention/holds.ts'
import {
  dueAt,
  planPurge,
  tightenings,
  type PolicyNow,
  type StoredBucket,
} from '../../../../src/rules/retention/purge-plan.ts'

const NOW = Date.UTC(2026, 10, 27, 12)
const DAY = 86_400_000

const aPolicy = (changes: Partial<PolicyNow> = {}): PolicyNow => ({
  ...{ tenant: 'cabinet', name: 'month', mode: 'Enforce', maxDeletionsPerRun: 1_000, legalHolds: [] },
  rules: [{ class: 'Transcript', seconds: 1_000 }],
  ...changes,
})
const aBucket = (expiresAt: number, changes: Partial<StoredBucket> = {}): StoredBucket => {
  const { tenant = 'cabinet', policy = 'month', life = 1_000 } = changes
  const bucket = bucketOf({ tenant, policy, life, class: changes.class ?? 'Transcript' }, expiresAt)
  return { ...bucket, id: 'one', shortened: 0, ...changes }
}
const ask = (buckets: readonly StoredBucket[], policies: readonly PolicyNow[], records = 1) =>
  planPurge({ now: NOW, buckets, policies, recordsIn: () => records, limitOfUnknown: 10 })
const ids = (shares: readonly { buckets: readonly StoredBucket[] }[]) =>
  shares.flatMap(({ buckets }) => buckets.map(({ id }) => id))

const aHold = (changes: Partial<Hold> = {}): Hold => ({
  ...{ name: 'case', classes: [], callsFrom: '2026-11-01', callsUntil: '2026-11-30', endsOn: '2027-01-31' },
  ...changes,
})

const anyBucket = fc
  .record({
    tenant: fc.constantFrom('a', 'b'),
    policy: fc.constantFrom('p', 'q', 'deleted'),
    class: fc.constantFrom(...DATA_CLASSES),
    life: fc.constantFrom(1, 900, 86_400, 2_592_000),
    offset: fc.integer({ min: -40 * DAY, max: 40 * DAY }),
    shortened: fc.constantFrom(0, 0, 1, 3_600),
  })
  .map(({ offset, shortened, ...rest }) => ({ ...bucketOf(rest, NOW + offset), shortened }))
const anyBuckets = fc.array(anyBucket, { maxLength: 30 }).map((all) => all.map((one, id) => ({ ...one, id: `${id}` })))
const anyPolicies = fc.array(
  fc.record({
    tenant: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('p', 'q'),
    mode: fc.constantFrom('Audit' as const, 'Enforce' as const),
    maxDeletionsPerRun: fc.integer({ min: 0, max: 40 }),
    rules: fc.constant<PolicyNow['rules']>([]),
    legalHolds: fc.array(
      fc.record({
        name: fc.constant('h'),
        classes: fc.subarray([...DATA_CLASSES]),
        callsFrom: fc.constantFrom('2026-10-01', '2026-11-01'),
        callsUntil: fc.constantFrom('2026-11-10', '2026-11-27'),
        endsOn: fc.constantFrom('2026-11-26', '2026-11-27', '2027-01-01'),
      }),
      { maxLength: 2 },
    ),
  }),
  { maxLength: 4 },
)

describe('the plan of a purge', () => {
  it('destroys a key when the last record under it has expired, and no millisecond before', () => {
    const closing = aBucket(NOW - 1)
    expect(closing.closesAt).to.equal(NOW)
    expect(ids(ask([closing], [aPolicy()]).destroy)).to.deep.equal(['one'])
    expect(ids(ask([aBucket(NOW)], [aPolicy()]).destroy)).to.deep.equal([])
  })

  it('reports in mode Audit, and destroys nothing', () => {
    const plan = ask([aBucket(NOW - DAY)], [aPolicy({ mode: 'Audit' })])
    expect([ids(plan.destroy), ids(plan.audited)]).to.deep.equal([[], ['one']])
  })

  it('destroys nothing of a policy when its fuse blows, and goes on with the others', () => {
    const two = [aBucket(NOW - DAY), aBucket(NOW - DAY, { id: 'other', policy: 'week' })]
    const plan = ask(two, [aPolicy({ maxDeletionsPerRun: 4 }), aPolicy({ name: 'week', maxDeletionsPerRun: 5 })], 5)
    expect([ids(plan.destroy), ids(plan.fused)]).to.deep.equal([['other'], ['one']])
  })

  it('has a fuse for records that a stricter policy makes unreadable before their key is due', () => {
    // The bucket of a month is of 43 minutes: some of its records have expired, and others have not.
    const open = aBucket(NOW - 500, { life: 2_592_000, shortened: 0 })
    const asked = (limit: number, tightened: ReadonlySet<string>) =>
      planPurge({
        ...{ now: NOW, buckets: [open], recordsIn: () => 5, limitOfUnknown: 0, tightened },
        policies: [aPolicy({ maxDeletionsPerRun: limit })],
      })
    expect(dueAt(open)).to.be.greaterThan(NOW)
    expect(ids(asked(4, new Set(['one'])).fused)).to.deep.equal(['one'])
    expect(asked(5, new Set(['one']))).to.deep.include({ fused: [], destroy: [] })
    expect(asked(4, new Set())).to.deep.include({ fused: [], destroy: [] })
    const held = planPurge({
      ...{ now: NOW, buckets: [open], recordsIn: () => 5, limitOfUnknown: 0, tightened: new Set(['one']) },
      policies: [aPolicy({ maxDeletionsPerRun: 4, legalHolds: [aHold({ callsFrom: '2026-09-01' })] })],
    })
    expect(held, 'a legal hold keeps it, and it is not due').to.deep.equal({
      destroy: [],
      audited: [],
      fused: [],
      held: [],
    })
  })

  it('has a fuse for data whose policy is not known', () => {
    expect(ids(ask([aBucket(NOW - DAY)], [], 10).destroy)).to.deep.equal(['one'])
    expect(ids(ask([aBucket(NOW - DAY)], [], 11).fused)).to.deep.equal(['one'])
  })

  it('leaves what a legal hold covers through its last day', () => {
    const held = ask([aBucket(NOW - DAY)], [aPolicy({ legalHolds: [aHold({ endsOn: '2026-11-27' })] })])
    expect([ids(held.destroy), held.held.map(({ id }) => id)]).to.deep.equal([[], ['one']])
    const ended = ask([aBucket(NOW - DAY)], [aPolicy({ legalHolds: [aHold({ endsOn: '2026-11-26' })] })])
    expect(ids(ended.destroy)).to.deep.equal(['one'])
  })

  it('sorts each key that is due into one place, and no other key into any', () => {
    fc.assert(
      fc.property(anyBuckets, anyPolicies, (buckets, policies) => {
        const plan = ask(buckets, policies)
        const sorted = [
          ...ids(plan.destroy),
          ...ids(plan.audited),
          ...ids(plan.fused),
          ...plan.held.map(({ id }) => id),
        ]
        const due = buckets.filter((bucket) => dueAt(bucket) <= NOW).map(({ id }) => id)
        expect(sorted.toSorted()).to.deep.equal(due.toSorted())
      }),
    )
  })

  it('never destroys more of a policy than its fuse allows, nor anything that is held or in mode Audit', () => {
    fc.assert(
      fc.property(anyBuckets, anyPolicies, (buckets, policies) => {
        const last = (share: { tenant: string; policy: string }) =>
          policies.findLast(({ tenant, name }) => tenant === share.tenant && name === share.policy)
        for (const share of ask(buckets, policies).destroy) {
          const policy = last(share)
          expect(share.records).to.be.at.most(policy?.maxDeletionsPerRun ?? 10)
          expect(policy?.mode).not.to.equal('Audit')
          for (const bucket of share.buckets)
            expect(policy?.legalHolds.some((hold) => holds(hold, bucket, NOW)) ?? false).to.equal(false)
        }
      }),
    )
  })
})

describe('a stricter policy', () => {
  it('shortens what is stored, and a wider or unknown one does not', () => {
    const bucket = aBucket(NOW + DAY)
    const by = (seconds: number) => tightenings([bucket], [aPolicy({ rules: [{ class: 'Transcript', seconds }] })])
    expect(by(400).map(({ shortened }) => shortened)).to.deep.equal([600])
    expect(by(0).map(({ shortened }) => shortened)).to.deep.equal([1_000])
    expect([by(1_000), by(5_000), tightenings([bucket], [])]).to.deep.equal([[], [], []])
  })

  it('in mode Audit shortens nothing', () => {
    expect(tightenings([aBucket(NOW + DAY)], [aPolicy({ rules: [], mode: 'Audit' })])).to.deep.equal([])
  })

  it('shortens a class that it has no rule for to nothing', () => {
    expect(tightenings([aBucket(NOW + DAY)], [aPolicy({ rules: [] })])[0]?.shortened).to.equal(1_000)
  })
})

describe('a legal hold', () => {
  const called = (day: string, changes: Partial<StoredBucket> = {}) =>
    aBucket(Date.parse(day) + 1_000_000, { life: 1_000, ...changes })

  it('covers calls from its first through its last day, of its classes', () => {
    const hold = aHold({ callsFrom: '2026-11-02', callsUntil: '2026-11-03', classes: ['Transcript'] })
    const covered = (day: string, changes = {}) => holds(hold, called(day, changes), NOW)
    expect(covered('2026-11-01T23:59:58Z')).to.equal(false)
    expect(covered('2026-11-02T00:00:00Z')).to.equal(true)
    expect(covered('2026-11-03T23:59:59Z')).to.equal(true)
    expect(covered('2026-11-04T00:00:00Z')).to.equal(false)
    expect(covered('2026-11-02T12:00:00Z', { class: 'Recording' })).to.equal(false)
  })
})
