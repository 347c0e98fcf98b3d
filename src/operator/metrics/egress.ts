import type { Registry } from 'prom-client'
import { readCidr } from '../../lib/ip-address.ts'
import { Gauge } from '../../runtime/prometheus.ts'
import { type EgressValues, judge, policyOf } from '../../rules/egress.ts'
import type { Caches } from '../observe/caches.ts'

/** Whether the egress policy knows where the cluster is: a node or a pod that it takes for a public host is open to every tenant. */
export function registerEgressMetrics(
  registry: Registry,
  { nodes, pods }: Pick<Caches, 'nodes' | 'pods'>,
  o: { egress: EgressValues; apiServer: string | undefined },
): void {
  const policy = { ...policyOf(o.egress), open: [] }
  const isUnknown = (text: string) => {
    const octets = readCidr(text)?.octets
    return octets !== undefined && judge(octets, { namespace: '', isOnLoopback: false }, policy) === 'Open'
  }
  new Gauge({
    name: 'callbot_egress_unknown_ranges',
    help: 'Number of addresses of nodes, pods of nodes, bots and the API server that are public and not in egress.clusterCidrs: add their ranges.',
    registers: [registry],
    collect() {
      const found = [
        ...[...nodes.list()].flatMap(({ addresses }) => addresses),
        ...[...pods.list()].flatMap(({ ip }) => ip ?? []),
        ...(o.apiServer === undefined ? [] : [o.apiServer]),
      ]
      this.set([...new Set(found)].filter(isUnknown).length)
    },
  })
}
