import { Counter, Gauge, type Registry } from '../../runtime/prometheus.ts'
import type { Backlog } from '../record/backlog.ts'
import type { DeliveryObserver } from './delivery.ts'

/** Counts what became of records, and shows what waits. */
export function recordMetrics(registry: Registry, backlog: () => Backlog): DeliveryObserver {
  const registers = [registry]
  const records = new Counter({
    name: 'callbot_call_records_total',
    help: 'Number of records of ended calls, by class and by what became of them: stored, delivered, refused, shed, expired or lost.',
    labelNames: ['class', 'fate'],
    registers,
  })
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  gauge(
    'callbot_call_records_waiting_bytes',
    'Memory of records that are not acknowledged yet.',
    () => backlog().octets,
  )
  gauge(
    'callbot_call_records_waiting_calls',
    'Number of ended calls with records that are not acknowledged yet.',
    () => backlog().calls.length,
  )
  return {
    records(fate, all) {
      for (const { class: dataClass } of all) records.inc({ class: dataClass, fate })
    },
  }
}
