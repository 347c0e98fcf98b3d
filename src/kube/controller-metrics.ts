import type { ControllerObserver } from './controller.ts'
import { processMetrics } from '../runtime/process-metrics.ts'
import { Counter, Gauge, Histogram, Registry } from '../runtime/prometheus.ts'
import type { QueueObserver, WorkQueue } from './queue.ts'

/**
 * The controller kit's metrics under the names of Go's controller-runtime and client-go, so that dashboards and alerts
 * made for them fit. No label ever carries the name of an object.
 */
export interface KubeMetrics {
  /** For metrics of one's own, and for `metrics()`. */
  registry: Registry
  /** Give the result to `startController` as `metrics`. */
  controller(name: string, concurrency: number): ControllerObserver
  /** Give the result to `createQueue` as `observe`, then the queue to `watchQueue`. */
  queue(name: string): QueueObserver
  watchQueue(name: string, queue: WorkQueue): void
  /** `isLeader` is asked at each scrape. */
  leadership(name: string, isLeader: () => boolean): void
  /** For the transport's `onRequest`. */
  request(seen: { code: string; method: string; host: string }): void
}

/** controller-runtime's buckets for a reconcile, thinned out: they matter from 5 ms to a minute. Seconds. */
const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** client-go's: powers of ten. Seconds. */
const QUEUE_BUCKETS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000]

export function createMetrics(): KubeMetrics {
  const registry = new Registry()
  processMetrics(registry)
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of requests to the API server by code, method and host; code <error> if there was no answer.',
    labelNames: ['code', 'method', 'host'],
    registers: [registry],
  })
  return {
    registry,
    ...controllerMetrics(registry),
    ...queueMetrics(registry),
    leadership(name, isLeader) {
      new Gauge({
        name: 'leader_election_master_status',
        help: '1 while this process is the leader, 0 while it is on standby.',
        labelNames: ['name'],
        registers: [registry],
        collect() {
          this.set({ name }, isLeader() ? 1 : 0)
        },
      })
    },
    request: ({ code, method, host }) => requests.inc({ code, method, host }),
  }
}

function controllerMetrics(registry: Registry): Pick<KubeMetrics, 'controller'> {
  const make = { labelNames: ['controller'], registers: [registry] }
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Number of reconciles by controller and result: success, requeue_after, requeue (the lease was lost), error.',
    labelNames: ['controller', 'result'],
    registers: [registry],
  })
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Number of failed reconciles.',
    ...make,
  })
  const fenced = new Counter({
    name: 'callbot_fenced_writes_total',
    help: 'Number of writes that the fence rejected.',
    ...make,
  })
  const active = new Gauge({ name: 'controller_runtime_active_workers', help: 'Number of busy workers.', ...make })
  const most = new Gauge({ name: 'controller_runtime_max_concurrent_reconciles', help: 'Number of workers.', ...make })
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of reconciles.',
    buckets: RECONCILE_BUCKETS,
    ...make,
  })
  return {
    controller(controller, concurrency) {
      most.set({ controller }, concurrency)
      active.set({ controller }, 0)
      errors.inc({ controller }, 0)
      fenced.inc({ controller }, 0)
      for (const result of ['success', 'requeue_after', 'requeue', 'error']) total.inc({ controller, result }, 0)
      return {
        started: () => active.inc({ controller }),
        finished(result, seconds) {
          active.dec({ controller })
          total.inc({ controller, result })
          if (result === 'error') errors.inc({ controller })
          time.observe({ controller }, seconds)
        },
        fenced: () => fenced.inc({ controller }),
      }
    },
  }
}

function queueMetrics(registry: Registry): Pick<KubeMetrics, 'queue' | 'watchQueue'> {
  const queues = new Map<string, WorkQueue>()
  const make = { labelNames: ['name'], registers: [registry] }
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Number of keys that were requeued after a failure.',
    ...make,
  })
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Number of keys that were added and not already in the queue.',
    labelNames: ['name', 'priority'],
    registers: [registry],
  })
  const waited = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'Time that a key waited for a worker.',
    labelNames: ['name', 'priority'],
    buckets: QUEUE_BUCKETS,
    registers: [registry],
  })
  const worked = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'Time that a worker needed for a key.',
    buckets: QUEUE_BUCKETS,
    ...make,
  })
  gauge(registry, queues, 'workqueue_unfinished_work_seconds', 'Time spent so far on keys in work, in all.', (queue) =>
    queue.running().reduce((sum, seconds) => sum + seconds, 0),
  )
  gauge(registry, queues, 'workqueue_longest_running_processor_seconds', 'Time spent so far on the oldest.', (queue) =>
    Math.max(0, ...queue.running()),
  )
  new Gauge({
    name: 'workqueue_depth',
    help: 'Number of keys that wait for a worker.',
    labelNames: ['name', 'priority'],
    registers: [registry],
    collect() {
      for (const [name, queue] of queues)
        for (const priority of ['high', 'normal', 'low'] as const) this.set({ name, priority }, queue.depth(priority))
    },
  })
  return {
    queue: (name) => ({
      added: (priority) => adds.inc({ name, priority }),
      started: (priority, seconds) => waited.observe({ name, priority }, seconds),
      finished: (seconds) => worked.observe({ name }, seconds),
      retried: () => retries.inc({ name }),
    }),
    watchQueue: (name, queue) => void queues.set(name, queue),
  }
}

function gauge(
  registry: Registry,
  queues: Map<string, WorkQueue>,
  name: string,
  help: string,
  of: (q: WorkQueue) => number,
) {
  new Gauge({
    name,
    help,
    labelNames: ['name'],
    registers: [registry],
    collect() {
      for (const [queue, value] of queues) this.set({ name: queue }, of(value))
    },
  })
}
