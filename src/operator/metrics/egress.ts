import type { Registry } from 'prom-client'
import { Gauge } from '../../runtime/prometheus.ts'
import { countUnknownRanges, type RangeSources } from '../observe/unknown-ranges.ts'

/** Whether the egress policy knows where the cluster is: a node or a pod that it takes for a public host is open to every tenant. */
export function registerEgressMetrics(registry: Registry, sources: RangeSources): void {
  new Gauge({
    name: 'callbot_egress_unknown_ranges',
    help: 'Number of addresses of nodes, pods of nodes, bots and the API server that are public and not in egress.clusterCidrs: add their ranges.',
    registers: [registry],
    collect() {
      this.set(countUnknownRanges(sources))
    },
  })
}
