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
function lastDrill(integrations: Record<string, Drill | undefined>) {
  const spec = aSpec({ integrationRefs: Object.keys(integrations).map((name) => ({ name })) })
  const bot = aBot({ spec })
  const none = { get: () => undefined, byIndex: () => [], list: () => [], size: 0 }
  const caches = {
    ...{ pods: none, nodes: none, edges: none, routes: none, retentionPolicies: none, records: undefined },
    children: { deployment: none, service: none, podDisruptionBudget: none, networkPolicy: none },
    bots: { ...none, get: () => bot },
    taken: createTaken({ bot: () => undefined, route: () => undefined, deployment: () => undefined }),
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
  }
  return observeCallbot(sources as unknown as ObserveSources, bot.namespace, bot.name, NOON).lastDrill
}

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
