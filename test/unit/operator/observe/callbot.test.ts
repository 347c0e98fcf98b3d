import { expect } from 'chai'
import { observeCallbot, orderedPolicy } from '../../../../src/operator/observe/callbot.ts'
import type { CallPolicy } from '../../../../src/rules/policy-order.ts'
import { aRetentionPolicyFacts } from '../../../harness/retention-worlds.ts'
import type { ObserveSources } from '../../../../src/operator/observe/sources.ts'
import { createTaken } from '../../../../src/operator/observe/taken.ts'
import { aBot, aSpec, aWorld, NOON } from '../../../harness/builders.ts'

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

const drill = (finishedAt: string, verdict = 'Passed') => ({ name: `cabinet-${verdict}`, verdict, finishedAt })
type Drill = ReturnType<typeof drill>

/** One bot with these Integrations, in memory. */
const lastDrill = (integrations: Record<string, Drill | undefined>) =>
  observed(aSpec({ integrationRefs: Object.keys(integrations).map((name) => ({ name })) }), { integrations }).lastDrill

/** What an operator observes of a bot with this spec. */
function observed(
  spec: ReturnType<typeof aSpec>,
  o: { integrations?: Record<string, Drill | undefined>; policies?: object; beyond?: () => object | undefined } = {},
) {
  const { integrations = {}, policies = {}, beyond = () => undefined } = o
  const bot = aBot({ spec })
  const none = { get: () => undefined, byIndex: () => [], list: () => [], size: 0 }
  const caches = {
    ...{ pods: none, nodes: none, edges: none, routes: none, records: undefined },
    retentionPolicies: { ...none, ...policies },
    children: { deployment: none, service: none, podDisruptionBudget: none, networkPolicy: none },
    bots: { ...none, get: () => bot },
    taken: createTaken({ bot: () => undefined, route: () => undefined, deployment: () => undefined }),
    holders: { of: () => undefined },
    integrations: {
      ...none,
      get: (_: string, name: string) =>
        name in integrations
          ? { configuration: {}, status: integrations[name] && { lastDrill: integrations[name] } }
          : undefined,
    },
  }
  const nothing = () => undefined
  const sources = {
    ...{ caches, settings: aWorld().world.settings, answering: nothing, calls: nothing, demand: nothing },
    ...{ edgeObstacles: () => [], policyEvidence: nothing, authority: nothing, callsOf: nothing },
    routeSources: { routes: nothing, edges: nothing },
    policyShares: { beyond },
  }
  return observeCallbot(sources as unknown as ObserveSources, bot.namespace, bot.name, NOON)
}

describe('the RetentionPolicy of a Callbot', () => {
  const spec = aSpec({ retentionPolicyRef: { name: 'year' } })
  const there = { get: () => aRetentionPolicyFacts({ name: 'year', calls }) }
  const shown = ({ policy, retentionPolicyMissing, retentionPolicyRefused }: ReturnType<typeof observed>) => ({
    ...{ policy: policy.policy, isMissing: retentionPolicyMissing, isRefused: retentionPolicyRefused },
  })

  it('is what its calls go by while it is there and in force; otherwise nothing of them is kept', () => {
    const nothing = { policy: undefined, isMissing: false, isRefused: false }
    expect(shown(observed(aSpec(), { policies: there }))).to.deep.equal(nothing)
    expect(shown(observed(spec))).to.deep.equal({ ...nothing, isMissing: true })
    expect(shown(observed(spec, { policies: there }))).to.deep.equal({ ...nothing, policy: 'year' })
    const refused = shown(observed(spec, { policies: there, beyond: () => beyond }))
    expect(refused).to.deep.equal({ ...nothing, isMissing: true, isRefused: true })
  })

  it('is looked up, and compared with the share of its namespace, once in a cycle', () => {
    let [lookups, comparisons] = [0, 0]
    observed(spec, {
      policies: { get: () => (lookups++, there.get()) },
      beyond: () => void comparisons++,
    })
    expect({ lookups, comparisons }).to.deep.equal({ lookups: 1, comparisons: 1 })
  })
})

describe('the last drill of a Callbot', () => {
  it('is the newest of its Integrations, and says of which', () => {
    const [old, newer] = [drill('2026-11-16T05:31:00Z'), drill('2026-11-23T05:31:00Z', 'Failed')]
    expect(lastDrill({ cabinet: old, pharmacy: newer })).to.deep.equal({ ...newer, integration: 'pharmacy' })
    expect(lastDrill({ cabinet: newer, pharmacy: old })).to.deep.equal({ ...newer, integration: 'cabinet' })
  })

  it('is none where none has ended', () => {
    expect(lastDrill({ cabinet: undefined })).to.equal(undefined)
  })
})
