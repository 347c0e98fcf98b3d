import { expect } from 'chai'
import { Registry } from 'prom-client'
import { registerShareMetrics } from '../../../../src/operator/metrics/shares.ts'
import type { CachedBot } from '../../../../src/operator/observe/projections.ts'
import { createTaken } from '../../../../src/operator/observe/taken.ts'
import { aBot, aSpec } from '../../../harness/builders.ts'
import { aRetentionPolicyFacts } from '../../../harness/retention-worlds.ts'
import { anIntegration } from '../../../harness/integration-worlds.ts'

type Sources = Parameters<typeof registerShareMetrics>[1]

const withinShare = (status: 'True' | 'False') => ({
  conditions: [{ type: 'WithinShare', status, reason: 'x', message: 'x', lastTransitionTime: '2026-11-30T05:30:00Z' }],
})
const bot = (name: string, status: 'True' | 'False') =>
  aBot({ name, uid: name, spec: aSpec({ numbers: [`+33${name}`] }), status: withinShare(status) }) as CachedBot

const policy = (name: string, reason = 'AsSpecified') =>
  aRetentionPolicyFacts({
    name,
    status: {
      conditions: [
        { type: 'Ready', status: 'False', reason, message: 'x', lastTransitionTime: '2026-11-30T05:30:00Z' },
      ],
    },
  })

/** Three Callbots with a share of two, one of which needs more pods; and an Integration that is refused. */
function sources(): Sources {
  const bots = [bot('one', 'True'), bot('two', 'False'), bot('three', 'False')]
  const routes = new Map(['one', 'two'].map((name) => [name, { botKey: `lilas/${name}`, numbers: 1 } as never]))
  const taken = createTaken({
    bot: (_, name) => bots.find((each) => each.name === name),
    route: (_, name) => routes.get(name),
    deployment: () => undefined,
  })
  for (const each of bots) taken.botChanged(undefined, each)
  for (const route of routes.values()) taken.routeChanged(undefined, route)
  taken.deploymentChanged(undefined, { namespace: 'lilas', replicas: 4 } as never)
  const list = (objects: readonly unknown[]) => ({ list: () => objects, byIndex: () => [] })
  const limits = { callbots: 2, pods: 4, trunks: 3, retentionPolicies: 1 }
  const policies = [policy('month', 'QuotaExceeded'), policy('year', 'QuotaExceeded')]
  return {
    settings: {
      operatorNamespace: 'callbot-system',
      reservations: [],
      shares: { default: limits, namespaces: {}, total: {} },
    },
    policiesOf: () => new Set(['month', 'gone']),
    trunkShares: () => ({ resource: 'trunks', used: 3, limit: 3, of: 'Namespace', againSeconds: 10 }),
    caches: {
      ...{ bots: list(bots), integrations: list([anIntegration()]), taken },
      holders: { of: () => undefined },
      retentionPolicies: list(policies),
      trunks: list([{ integrationKey: 'lilas/desk', amounts: { integrations: 1, trunks: 3, sources: 0 } }]),
    },
  } as unknown as Sources
}

describe('the metrics of shares', () => {
  it('say what each namespace has, may have, and is refused, and name no object', async () => {
    const registry = new Registry()
    registerShareMetrics(registry, sources(), () => 0)
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('callbot_'))
    const of = (namespace: string, resource: string) => `{namespace="${namespace}",resource="${resource}"}`
    const limits = [
      ['callbots', 2],
      ['pods', 4],
      ['trunks', 3],
      ['retentionPolicies', 1],
    ] as const
    expect(lines).to.have.members([
      `callbot_share_used${of('lilas', 'callbots')} 2`,
      `callbot_share_used${of('lilas', 'numbers')} 2`,
      `callbot_share_used${of('lilas', 'pods')} 4`,
      `callbot_share_used${of('lilas', 'integrations')} 1`,
      `callbot_share_used${of('lilas', 'trunks')} 3`,
      `callbot_share_used${of('lilas', 'retentionPolicies')} 1`,
      ...limits.map(([resource, limit]) => `callbot_share_limit${of('lilas', resource)} ${limit}`),
      `callbot_share_refused${of('lilas', 'callbots')} 1`,
      `callbot_share_refused${of('lilas', 'pods')} 1`,
      `callbot_share_refused${of('lilas', 'trunks')} 1`,
      `callbot_share_refused${of('lilas', 'retentionPolicies')} 1`,
    ])
  })

  it('have no series of namespaces that have nothing, and of resources without a limit', async () => {
    const registry = new Registry()
    const { settings, caches } = sources()
    const empty = { ...caches, bots: { list: () => [] }, integrations: { list: () => [] }, trunks: { list: () => [] } }
    const nothing = { ...empty, taken: emptyTaken(), retentionPolicies: { list: () => [] } }
    registerShareMetrics(
      registry,
      { settings, trunkShares: () => undefined, caches: nothing } as unknown as Sources,
      () => 0,
    )
    expect((await registry.metrics()).split('\n').filter((line) => line.startsWith('callbot_'))).to.deep.equal([])
  })
})

const emptyTaken = () => createTaken({ bot: () => undefined, route: () => undefined, deployment: () => undefined })
