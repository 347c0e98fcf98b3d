import type { Registry } from 'prom-client'
import { Gauge } from '../../runtime/prometheus.ts'
import type { Caches } from '../observe/caches.ts'
import { conditionOf } from '../report/conditions/finding.ts'

/** What the rules of the chart join with the calls that edges count. Names of objects are the only labels. */
export function registerObjectiveMetrics(
  registry: Registry,
  { bots, integrations, retentionPolicies }: Pick<Caches, 'bots' | 'integrations' | 'retentionPolicies'>,
): void {
  new Gauge({
    name: 'callbot_slo_objective_ratio',
    help: 'Share of calls that a bot has to answer in time, or a person, as in spec.slo: 0.999 for 99.9 percent.',
    labelNames: ['namespace', 'callbot'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { namespace, name, spec, deleting } of bots.list())
        if (spec.slo && !deleting) this.set({ namespace, callbot: name }, ratioOf(spec.slo.answeredPercent))
    },
  })
  const kinds = { Callbot: bots, Integration: integrations, RetentionPolicy: retentionPolicies }
  new Gauge({
    name: 'callbot_ready',
    help: 'The condition Ready of an object: 1 when it is True, 0 when it is False or Unknown. Absent until it is known.',
    labelNames: ['kind', 'namespace', 'name'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [kind, cache] of Object.entries(kinds)) {
        for (const object of cache.list()) {
          const ready = conditionOf(object, 'Ready')
          const { namespace, name } = object
          if (ready !== undefined) this.set({ kind, namespace, name }, Number(ready.status === 'True'))
        }
      }
    },
  })
}

/** Exact to the three decimals that a percentage may have: 99.9 / 100 is 0.9990000000000001. */
const ratioOf = (percent: string) => Math.round(Number(percent) * 1_000) / 100_000
