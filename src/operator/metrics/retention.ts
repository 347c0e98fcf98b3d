import type { Registry } from 'prom-client'
import { Gauge } from '../../runtime/prometheus.ts'
import type { Caches } from '../observe/caches.ts'

const DUE = 'Records whose time has come and whose keys are still there'
const FIGURES = [
  ['callbot_retention_stored', 'stored', 'Records that are kept.'],
  ['callbot_retention_violations', 'violations', `${DUE}, because of mode Audit or the fuse.`],
  ['callbot_retention_held', 'held', `${DUE}, because of a legal hold.`],
] as const

/** What is kept under each policy, as the status has it. Names of objects are the only labels. */
export function registerRetentionMetrics(
  registry: Registry,
  { retentionPolicies }: Pick<Caches, 'retentionPolicies'>,
): void {
  for (const [name, figure, help] of FIGURES) {
    new Gauge({
      ...{ name, help, labelNames: ['namespace', 'policy'], registers: [registry] },
      collect() {
        this.reset()
        for (const { namespace, name: policy, status } of retentionPolicies.list()) {
          const value = status?.[figure]
          if (value !== undefined) this.set({ namespace, policy }, value)
        }
      },
    })
  }
}
