import { expect } from 'chai'
import fc from 'fast-check'
import { planPurge, type StoredBucket } from '../../../src/rules/retention/purge-plan.ts'
import { parseSweepState, type Purge } from '../../../src/rules/sweep-state.ts'
import type { FiledPolicy } from '../../../src/messages/policies.ts'
import { policyStates } from '../../../src/sweep/state.ts'

const NOW = Date.parse('2026-11-27T12:00:00Z')

const policy = (name: string, more: Partial<FiledPolicy> = {}): FiledPolicy => ({
  ...{ tenant: 'lilas', name, generation: 3, mode: 'Enforce', maxDeletionsPerRun: 100 },
  ...{ rules: [{ class: 'Transcript', seconds: 1_000 }], legalHolds: [], ...more },
})
const bucket = (id: string, policyName: string, closesAt: number): StoredBucket => ({
  ...{ id, tenant: 'lilas', policy: policyName, class: 'Transcript', life: 1_000, shortened: 0 },
  ...{ opensAt: closesAt - 1_000, closesAt },
})

/** As after a run: what was to be destroyed is. */
function statesAfter(
  policies: FiledPolicy[],
  buckets: StoredBucket[],
  recordsEach = 1,
  purges = new Map<string, Purge>(),
) {
  const recordsIn = () => recordsEach
  const plan = planPurge({ now: NOW, buckets, policies, recordsIn, limitOfUnknown: 100 })
  const destroyed = new Set(plan.destroy.flatMap((share) => share.buckets.map(({ id }) => id)))
  const living = buckets.filter(({ id }) => !destroyed.has(id))
  const counts = new Map(living.map(({ id }) => [id, recordsEach]))
  return policyStates({ now: NOW, plan, living, recordsIn, policies, counts, purges })
}

describe('the state that sweep reports', () => {
  it('has the time of the oldest call, of the next key, and the records of each policy, and nothing of another', () => {
    const [one, other] = statesAfter(
      [policy('one'), policy('other')],
      [bucket('a', 'one', NOW + 5_000), bucket('b', 'one', NOW + 9_000), bucket('c', 'other', NOW + 7_000)],
      2,
    )
    expect(one).to.include({
      name: 'one',
      generation: 3,
      stored: 4,
      next: NOW + 5_000,
      oldest: NOW + 4_000 - 1_000_000,
    })
    expect(other).to.include({ name: 'other', stored: 2, next: NOW + 7_000 })
  })

  it('says what was erased, and keeps that until the next erasure', () => {
    const before = new Map<string, Purge>([['lilas/other', { at: 5, erased: 9 }]])
    const [one, other] = statesAfter([policy('one'), policy('other')], [bucket('a', 'one', NOW - 1)], 3, before)
    expect(one!.purge).to.deep.equal({ at: NOW, erased: 3 })
    expect(one!.oldest).to.equal(undefined)
    expect(other!.purge).to.deep.equal({ at: 5, erased: 9 })
  })

  it('names a policy that is gone while data of it is kept, with generation 0', () => {
    expect(statesAfter([], [bucket('a', 'gone', NOW + 1_000)])).to.have.length(1)
    expect(statesAfter([], [bucket('a', 'gone', NOW + 1_000)])[0]).to.include({ name: 'gone', generation: 0 })
  })

  it('counts what mode Audit, the fuse and a hold keep, each under its own name', () => {
    const hold = { name: 'case', classes: [], callsFrom: '2000-01-01', callsUntil: '2030-01-01', endsOn: '2030-01-01' }
    const due = (name: string) => bucket(name, name, NOW - 1)
    const policies = [
      policy('audit', { mode: 'Audit' }),
      policy('fuse', { maxDeletionsPerRun: 0 }),
      policy('hold', { legalHolds: [hold] }),
    ]
    const figures = statesAfter(policies, [due('audit'), due('fuse'), due('hold')]).map(
      ({ name, audited, fused, held }) => [name, audited, fused, held],
    )
    expect(figures).to.deep.equal([
      ['audit', 1, 0, 0],
      ['fuse', 0, 1, 0],
      ['hold', 0, 0, 1],
    ])
  })

  it('loses no record and invents none, and is read back as it was written, whatever is stored', () => {
    const names = ['one', 'two']
    const anyBucket = fc.record({
      name: fc.constantFrom(...names),
      offset: fc.integer({ min: -100_000, max: 100_000 }),
    })
    const anyPolicy = fc.record({
      mode: fc.constantFrom('Audit' as const, 'Enforce' as const),
      most: fc.integer({ min: 0, max: 5 }),
    })
    fc.assert(
      fc.property(fc.array(anyBucket, { maxLength: 20 }), fc.tuple(anyPolicy, anyPolicy), (some, those) => {
        const policies = those.map(({ mode, most }, index) => policy(names[index]!, { mode, maxDeletionsPerRun: most }))
        const buckets = some.map(({ name, offset }, index) => bucket(`b${index}`, name, NOW + offset))
        const states = statesAfter(policies, buckets)
        const erased = states.reduce((sum, { purge }) => sum + (purge?.erased ?? 0), 0)
        const stored = states.reduce((sum, each) => sum + each.stored!, 0)
        expect(stored + erased).to.equal(buckets.length)
        for (const { audited, fused, stored: all, next } of states) {
          expect(audited + fused).to.be.at.most(all!)
          if (next !== undefined) expect(next).to.be.greaterThan(NOW)
        }
        const told = { sweptAt: NOW, policies: states }
        expect(parseSweepState(JSON.stringify(told))).to.deep.equal(told)
      }),
    )
  })
})
