import { expect } from 'chai'
import fc from 'fast-check'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from '../../../src/api/retention-policy.ts'
import type { Rules } from '../../../src/rules/retention/life.ts'
import {
  type CallPolicy,
  callPolicyOf,
  NOTHING_LEAVES,
  orderFor,
  policyDigest,
  readOrder,
  readTold,
  writeOrder,
} from '../../../src/rules/policy-order.ts'

const NOW = 1_800_000_000_000
const field = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,39}$/)
const anyPolicy: fc.Arbitrary<CallPolicy> = fc.record({
  collect: fc.uniqueArray(field, { maxLength: 100 }),
  callMetadata: fc.constantFrom('Kept', 'NotKept'),
  lives: fc.option(fc.dictionary(fc.constantFrom(...DATA_CLASSES), fc.nat(LONGEST_LIFE_SECONDS)), { nil: undefined }),
  policy: fc.option(fc.constantFrom('thirty-days', 'a-week'), { nil: undefined }),
  records: fc.option(fc.constant('callbot-records.clinic.svc:8447'), { nil: undefined }),
})
/** As JSON has it: without what is undefined. */
const plain = <T>(value: T): unknown => JSON.parse(JSON.stringify(value))

describe('the policy that pods receive', () => {
  it('keeps CallMetadata only when a rule does, for more than 0 days', () => {
    const of = (...rules: Rules['rules']) => callPolicyOf({ rules }).callMetadata
    expect(of()).to.equal('NotKept')
    expect(of({ class: 'CallMetadata', days: 0 })).to.equal('NotKept')
    expect(of({ class: 'CallMetadata', seconds: 0 })).to.equal('NotKept')
    expect(of({ class: 'Transcript', days: 7 })).to.equal('NotKept')
    expect(of({ class: 'CallMetadata', days: 1 })).to.equal('Kept')
    expect(of({ class: 'CallMetadata', seconds: 3600 })).to.equal('Kept')
  })

  it('lists the names of what may be collected, in order', () => {
    expect(callPolicyOf({ collect: [{ field: 'motif' }, { field: 'date' }] }).collect).to.deep.equal(['date', 'motif'])
    expect(callPolicyOf({})).to.deep.equal(NOTHING_LEAVES)
  })

  it('has the lives of a policy under its name, and no place for records', () => {
    const rules = [{ class: 'Transcript' as const, days: 1 }]
    const expected = { collect: [], callMetadata: 'NotKept', lives: { Transcript: 86_400 }, policy: 'a-day' }
    expect(callPolicyOf({ rules }, 'a-day')).to.deep.equal(expected)
  })

  it('is another when a life is, but only where records are taken', () => {
    const kept = { ...NOTHING_LEAVES, policy: 'a-day', lives: { Transcript: 86_400 } }
    const placed = { ...kept, records: 'callbot-records.clinic.svc:8447' }
    expect(policyDigest(kept)).to.equal(policyDigest(NOTHING_LEAVES))
    expect(policyDigest(placed)).to.not.equal(policyDigest(kept))
    expect(policyDigest({ ...placed, lives: { Transcript: 5 } })).to.not.equal(policyDigest(placed))
  })

  it('is read as it was written', () => {
    fc.assert(
      fc.property(anyPolicy, fc.nat(), (policy, epoch) => {
        expect(plain(readOrder(writeOrder({ ...policy, epoch })))).to.deep.equal(plain({ ...policy, epoch }))
      }),
    )
  })

  it('is nothing when it can not be read, however hostile the text', () => {
    const good = writeOrder({ ...NOTHING_LEAVES, epoch: 1 })
    const wrong = ['"lives":{"Words":1}', '"lives":{"Transcript":-1}', '"policy":"A b"', '"records":"https://a:1/"']
    const unreadable = wrong.map((member) => good.replace('}', `,${member}}`))
    for (const text of [
      '',
      '[]',
      '{}',
      '{"epoch":-1,"collect":[]}',
      good.replace('[]', '["a b"]'),
      ' '.repeat(9_000),
      ...unreadable,
    ])
      expect(readOrder(text), text.slice(0, 40)).to.equal(undefined)
    fc.assert(fc.property(fc.string(), (text) => void readOrder(text)))
    expect(readTold({ epoch: 1, digest: 'no hex' })).to.equal(undefined)
    expect(readTold(null)).to.equal(undefined)
  })

  it('is nothing beyond 8,000 characters, though it could be read', () => {
    const order = writeOrder(orderFor(NOTHING_LEAVES, undefined, NOW)!)
    expect(readOrder(order.padEnd(8_000))).not.to.equal(undefined)
    expect(readOrder(order.padEnd(8_001))).to.equal(undefined)
  })

  it('is ordered again until the pod applies it, each time with an epoch above all that it knows', () => {
    fc.assert(
      fc.property(anyPolicy, anyPolicy, fc.integer({ min: 0, max: 2 * NOW }), (wanted, other, epoch) => {
        const told = { epoch, digest: policyDigest(other) }
        const order = orderFor(wanted, told, NOW)
        if (policyDigest(wanted) === policyDigest(other)) expect(order).to.equal(undefined)
        else expect(order!.epoch).to.be.greaterThan(epoch).and.at.least(NOW)
      }),
    )
    expect(orderFor(NOTHING_LEAVES, undefined, NOW)).to.deep.equal({ ...NOTHING_LEAVES, epoch: NOW })
  })
})
