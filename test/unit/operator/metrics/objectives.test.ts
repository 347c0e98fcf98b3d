import { expect } from 'chai'
import { Registry } from 'prom-client'
import { registerObjectiveMetrics } from '../../../../src/operator/metrics/objectives.ts'
import { aBot, aSpec } from '../../../harness/builders.ts'
import { anIntegration } from '../../../harness/integration-worlds.ts'

const objective = (answeredPercent: string) => aSpec({ slo: { answeredPercent, answerSeconds: 3 } })
const ready = (status: 'True' | 'False' | 'Unknown') =>
  ({
    conditions: [{ type: 'Ready', status, reason: 'x', message: 'x', lastTransitionTime: '2026-11-30T05:30:00Z' }],
  }) as never

async function exported(bots: readonly object[], integrations: readonly object[] = []): Promise<string[]> {
  const registry = new Registry()
  const list = (objects: readonly object[]) => ({ list: () => objects })
  const caches = { bots: list(bots), integrations: list(integrations), retentionPolicies: list([]) }
  registerObjectiveMetrics(registry, caches as unknown as Parameters<typeof registerObjectiveMetrics>[1])
  return (await registry.metrics()).split('\n').filter((line) => /^callbot_/.test(line))
}

describe('what the operator reports for alerts', () => {
  it('answeredPercent: the objective of each bot, as the share that it means', async () => {
    const bots = ['99.9', '99.995', '90', '99.07'].map((percent, index) =>
      aBot({ name: `bot${index}`, spec: objective(percent) }),
    )
    expect(await exported(bots)).to.deep.equal([
      'callbot_slo_objective_ratio{namespace="lilas",callbot="bot0"} 0.999',
      'callbot_slo_objective_ratio{namespace="lilas",callbot="bot1"} 0.99995',
      'callbot_slo_objective_ratio{namespace="lilas",callbot="bot2"} 0.9',
      'callbot_slo_objective_ratio{namespace="lilas",callbot="bot3"} 0.9907',
    ])
  })

  it('is none of a bot that is being deleted, or that the API server gave without an objective', async () => {
    const bare = { ...aSpec(), slo: undefined } as never
    expect(await exported([aBot({ deleting: true }), aBot({ name: 'old', spec: bare })])).to.deep.equal([])
  })

  it('is the summary of each object: 1 while it is Ready, 0 while it is not or unknown, and nothing before', async () => {
    const bots = [aBot({ status: ready('True') }), aBot({ name: 'b', status: ready('False') }), aBot({ name: 'new' })]
    const lines = await exported(bots, [anIntegration(undefined, { name: 'pbx', status: ready('Unknown') })])
    expect(lines.filter((line) => line.startsWith('callbot_ready'))).to.deep.equal([
      'callbot_ready{kind="Callbot",namespace="lilas",name="accueil"} 1',
      'callbot_ready{kind="Callbot",namespace="lilas",name="b"} 0',
      'callbot_ready{kind="Integration",namespace="lilas",name="pbx"} 0',
    ])
  })
})
