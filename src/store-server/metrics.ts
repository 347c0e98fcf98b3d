import type { OperationName } from '../messages/store/operations.ts'
import type { StoreReason } from '../messages/store/refusal.ts'
import { processMetrics } from '../runtime/process-metrics.ts'
import { Counter, Gauge, Histogram, Registry } from '../runtime/prometheus.ts'
import type { Usage } from '../store/postgres/tenant-store.ts'

export interface StoreMetrics {
  readonly registry: Registry
  done(operation: OperationName, seconds: number): void
  refused(namespace: string, reason: StoreReason): void
}

const SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

/** @param usages of the namespaces that stored something lately */
export function createStoreMetrics(usages: () => Iterable<readonly [string, Usage]>): StoreMetrics {
  const registry = new Registry()
  const registers = [registry]
  processMetrics(registry)
  const requests = new Histogram({
    name: 'callbot_store_request_seconds',
    help: 'Time to do what the program records of a namespace asked for, by operation. Refusals are not in it.',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers,
  })
  const refusals = new Counter({
    name: 'callbot_store_refused_total',
    help: 'Number of requests that were refused, by namespace and reason, such as Busy or QuotaExceeded.',
    labelNames: ['namespace', 'reason'],
    registers,
  })
  const gauge = (name: string, help: string, of: (usage: Usage) => number) =>
    new Gauge({
      ...{ name, help, registers },
      labelNames: ['namespace'],
      collect() {
        this.reset()
        for (const [namespace, usage] of usages()) this.set({ namespace }, of(usage))
      },
    })
  gauge(
    'callbot_store_keys',
    'Number of keys of a namespace that stored something lately: of buckets, and generations of root keys.',
    ({ keys }) => keys,
  )
  gauge(
    'callbot_store_octets',
    'Octets of the records of a namespace that stored something lately.',
    ({ octets }) => octets,
  )
  return {
    registry,
    done: (operation, seconds) => requests.observe({ operation }, seconds),
    refused: (namespace, reason) => refusals.inc({ namespace, reason }),
  }
}
