import { processMetrics } from '../runtime/process-metrics.ts'
import { Counter, Gauge, Histogram, Registry } from '../runtime/prometheus.ts'
import type { Source } from '../rules/delivery/message.ts'
import type { DataClass } from '../seal/sealed.ts'

/** What became of a request: stored, refused for good, or to be sent again. */
export type Result = 'stored' | 'refused' | 'put-off'

export interface RecordsMetrics {
  readonly registry: Registry
  answered(result: Result, seconds: number): void
  stored(classes: readonly DataClass[]): void
  expired(records: number): void
  /** What became of a message. */
  message(policy: string, source: Source, fate: MessageFate): void
  tried(result: 'delivered' | 'refused' | 'again', seconds: number): void
}

/** given-up: not in time. expired: its data had expired, or was erased. */
export type MessageFate = 'delivered' | 'refused' | 'given-up' | 'expired'

const SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

export function createRecordsMetrics(facts: {
  readonly isDatabaseUp: () => boolean
  readonly waiting: () => number
}): RecordsMetrics {
  const registry = new Registry()
  const registers = [registry]
  processMetrics(registry)
  const requests = new Histogram({
    name: 'callbot_records_request_seconds',
    help: 'Time to seal and store the records of a call, by result: stored, refused or put-off.',
    labelNames: ['result'],
    buckets: SECONDS,
    registers,
  })
  const stored = new Counter({
    name: 'callbot_records_stored_total',
    help: 'Number of records that were stored, by class. A record that came twice counts twice, and is stored once.',
    labelNames: ['class'],
    registers,
  })
  const expired = new Counter({
    name: 'callbot_records_expired_total',
    help: 'Number of records that were not stored because they had expired before they came.',
    registers,
  })
  new Gauge({
    name: 'callbot_records_database_up',
    help: '1: the database answers. 0: it does not, and pods keep their records meanwhile.',
    registers,
    collect() {
      this.set(facts.isDatabaseUp() ? 1 : 0)
    },
  })
  return {
    registry,
    ...deliveryMetrics(registry, facts.waiting),
    answered: (result, seconds) => requests.observe({ result }, seconds),
    stored(classes) {
      for (const dataClass of classes) stored.inc({ class: dataClass })
    },
    expired: (records) => expired.inc(records),
  }
}

function deliveryMetrics(registry: Registry, waiting: () => number): Pick<RecordsMetrics, 'message' | 'tried'> {
  const registers = [registry]
  const messages = new Counter({
    name: 'callbot_records_messages_total',
    help: 'Number of messages to receivers, by policy, by source (memory or store) and by what became of them: delivered, refused, given-up or expired.',
    labelNames: ['policy', 'source', 'fate'],
    registers,
  })
  const tries = new Histogram({
    name: 'callbot_records_delivery_seconds',
    help: 'Time until a receiver had answered, by result: delivered, refused or again.',
    labelNames: ['result'],
    buckets: SECONDS,
    registers,
  })
  new Gauge({
    name: 'callbot_records_deliveries_waiting',
    help: 'Number of calls of the namespace whose stored records wait to be delivered.',
    registers,
    collect() {
      this.set(waiting())
    },
  })
  return {
    message: (policy, source, fate) => messages.inc({ policy, source, fate }),
    tried: (result, seconds) => tries.observe({ result }, seconds),
  }
}
