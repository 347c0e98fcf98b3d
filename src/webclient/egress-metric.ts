import { Counter, type Registry } from '../runtime/prometheus.ts'

/** Counts connections to addresses that `egress.enforce` would refuse. */
export function countNotOpen(registry: Registry): () => void {
  const counter = new Counter({
    name: 'callbot_egress_not_open_total',
    help: 'Number of connections for a tenant to addresses that are not public or are of the cluster, and that nobody opened: with egress.enforce they are refused.',
    registers: [registry],
  })
  return () => counter.inc()
}
