import { expect } from 'chai'
import fc from 'fast-check'
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
})

describe('the policy that pods are told', () => {
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

  it('is read as it was written', () => {
    fc.assert(
      fc.property(anyPolicy, fc.nat(), (policy, epoch) => {
        expect(readOrder(writeOrder({ ...policy, epoch }))).to.deep.equal({ ...policy, epoch })
      }),
    )
  })

  it('is nothing when it can not be read, however hostile the text', () => {
    const good = writeOrder({ ...NOTHING_LEAVES, epoch: 1 })
    for (const text of ['', '[]', '{}', '{"epoch":-1,"collect":[]}', good.replace('[]', '["a b"]'), ' '.repeat(9_000)])
      expect(readOrder(text), text.slice(0, 40)).to.equal(undefined)
    fc.assert(fc.property(fc.string(), (text) => void readOrder(text)))
    expect(readTold({ epoch: 1, digest: 'no hex' })).to.equal(undefined)
    expect(readTold(null)).to.equal(undefined)
  })

  it('is told again until the pod goes by it, each time with an epoch above all that it knows', () => {
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
