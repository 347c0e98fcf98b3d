import { expect } from 'chai'
import { readLives, readNamespaces, readPolicies } from '../../../src/messages/policies.ts'
import { writePolicies } from '../../../src/operator/render/policies.ts'
import { aRetentionPolicyFacts } from '../../harness/retention-worlds.ts'

const whole = {
  ...{ tenant: 'a', name: 'b', generation: 1, mode: 'Enforce', maxDeletionsPerRun: 1 },
  ...{ rules: [{ class: 'Transcript', seconds: 5 }], legalHolds: [] },
}

describe('the policies that the operator publishes', () => {
  it('are read as it writes them: whole, or the life of each class', () => {
    const { namespace: tenant, name, generation, kept } = aRetentionPolicyFacts()
    const text = writePolicies([aRetentionPolicyFacts()])
    const { mode, maxDeletionsPerRun } = kept
    expect(readLives(text)).to.deep.equal([{ tenant, name, rules: kept.lives, legalHolds: kept.legalHolds }])
    const [policy] = readPolicies(text)!
    expect(policy).to.deep.include({ tenant, name, generation, mode, maxDeletionsPerRun, rules: kept.lives })
  })

  it('are not read when they are broken', () => {
    const broken = [
      ...['', '{', '{}', '[{}]'],
      JSON.stringify([{ ...whole, rules: [{ class: 'Transcript', seconds: -1 }] }]),
      JSON.stringify([{ ...whole, rules: [{ class: 'Everything', seconds: 1 }] }]),
    ]
    for (const read of [readLives, readPolicies])
      for (const text of broken) expect(read(text), text).to.equal(undefined)
    for (const text of ['', '{', '{}', '[{}]', '[""]']) expect(readNamespaces(text), text).to.equal(undefined)
  })

  it('with members that a newer operator adds have lives for whoever stores, and nothing for whoever destroys', () => {
    const added = [
      { ...whole, more: {} },
      { ...whole, rules: [{ class: 'Transcript', seconds: 5, more: 1 }] },
    ]
    for (const one of added) {
      expect(readLives(JSON.stringify([one]))).to.deep.equal([
        { tenant: 'a', name: 'b', rules: whole.rules, legalHolds: [] },
      ])
      expect(readPolicies(JSON.stringify([one]))).to.equal(undefined)
    }
    expect(readPolicies(JSON.stringify([whole]))).to.deep.equal([whole])
  })

  it('give nothing to read by legal holds of which a newer operator says more, which may narrow them', () => {
    const days = { callsFrom: '2026-01-01', callsUntil: '2026-01-31', endsOn: '2027-01-01' }
    const hold = { name: 'case-7', classes: [], ...days }
    const holdsOf = (...legalHolds: object[]) => readLives(JSON.stringify([{ ...whole, legalHolds }]))![0]!.legalHolds
    expect(holdsOf(hold)).to.deep.equal([hold])
    expect(holdsOf(hold, { ...hold, name: 'case-8', only: 'one call' })).to.deep.equal([])
  })
})
