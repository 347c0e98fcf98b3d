import { expect } from 'chai'
import { orderedPolicy } from '../../../../src/operator/observe/callbot.ts'
import type { CallPolicy } from '../../../../src/rules/policy-order.ts'
import { aBot, aSpec } from '../../../harness/builders.ts'
import { aRetentionPolicyFacts } from '../../../harness/retention-worlds.ts'

type Sources = Parameters<typeof orderedPolicy>[0]

const calls: CallPolicy = { collect: ['motif'], callMetadata: 'Kept', lives: { CallMetadata: 60 }, policy: 'year' }
const beyond = { resource: 'retentionPolicies', used: 20, limit: 20, of: 'Namespace' } as const

/** What pods of a bot are ordered that names the policy. */
const ordered = (isRefused: boolean): CallPolicy | undefined => {
  const caches = {
    bots: { get: () => aBot({ spec: aSpec({ retentionPolicyRef: { name: 'year' } }) }) },
    retentionPolicies: { get: () => aRetentionPolicyFacts({ name: 'year', calls }) },
    records: undefined,
  }
  const sources = { caches, policyShares: { beyond: () => (isRefused ? beyond : undefined) } }
  return orderedPolicy(sources as unknown as Sources, 'lilas', 'accueil')
}

describe('what pods of a bot have to go by', () => {
  it('is what its RetentionPolicy says, while it is in force', () => {
    expect(ordered(false)).to.deep.equal(calls)
  })

  it('is what they have while it is refused: a policy that is not in force replaces none', () => {
    expect(ordered(true)).to.equal(undefined)
  })
})
