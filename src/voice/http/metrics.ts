import { Counter, Gauge, Histogram, type Registry } from '../../runtime/prometheus.ts'
import type { EndpointView } from './endpoint.ts'
import type { OperationsObserver } from './operations.ts'

const SECONDS = [0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1, 1.5, 2, 3, 5, 10, 30]
const UP = { Up: 1, Down: 0 } as const

/** What a pod reports about web services. Labels are names of Integrations and of their parts: a few, and none of a caller. */
export function operationMetrics(registry: Registry, endpoints: () => readonly EndpointView[]): OperationsObserver {
  const make = { registers: [registry] }
  const tries = new Histogram({
    name: 'callbot_operation_try_seconds',
    help: 'Duration of tries of operations, by Integration, endpoint and result.',
    labelNames: ['integration', 'endpoint', 'result'],
    buckets: SECONDS,
    ...make,
  })
  const operations = new Counter({
    name: 'callbot_operations_total',
    help: 'Number of operations, by Integration and result: failed if no endpoint gave a usable answer.',
    labelNames: ['integration', 'result'],
    ...make,
  })
  new Gauge({
    name: 'callbot_endpoint_up',
    help: '1 if an endpoint of a web service answers, else 0; absent before its first probe.',
    labelNames: ['integration', 'endpoint'],
    ...make,
    collect() {
      this.reset()
      for (const { integration, endpoint, state } of endpoints())
        if (state !== 'Unknown') this.set({ integration, endpoint }, UP[state])
    },
  })
  return {
    attempted: ({ integration, endpoint, result, seconds }) =>
      tries.observe({ integration, endpoint, result }, seconds),
    ended: (integration, isFailed) => operations.inc({ integration, result: isFailed ? 'failed' : 'ok' }),
  }
}
