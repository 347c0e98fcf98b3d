import type { Registry } from 'prom-client'
import { Counter, Gauge } from '../../runtime/prometheus.ts'
import type { CallsStore } from '../observe/pod-calls.ts'

const labelNames = ['namespace', 'callbot'] as const

/**
 * Calls by bot, as its pods told them: pods themselves are asked by the operator alone. The names of a bot and of its
 * namespace are the only labels, and numbers of calls the only values: nothing is about a caller.
 */
export function registerCallMetrics(registry: Registry, store: Pick<CallsStore, 'totals'>): void {
  const common = { labelNames, registers: [registry] }
  new Gauge({
    name: 'callbot_live_calls',
    help: 'Number of live calls of a bot.',
    ...common,
    collect() {
      this.reset()
      for (const { bot, calls } of store.totals()) this.set(labelsOf(bot), calls)
    },
  })
  new Gauge({
    name: 'callbot_places',
    help: 'Number of calls that the pods of a bot can carry concurrently, without pods that drain.',
    ...common,
    collect() {
      this.reset()
      for (const { bot, places } of store.totals()) this.set(labelsOf(bot), places)
    },
  })
  new Counter({
    name: 'callbot_calls_answered_total',
    help: 'Number of calls that a bot answered since this operator became the leader.',
    ...common,
    collect() {
      this.reset()
      for (const { bot, answered } of store.totals()) this.inc(labelsOf(bot), answered)
    },
  })
  new Counter({
    name: 'callbot_calls_failed_total',
    help: 'Number of calls that ended because of a fault of the bot since this operator became the leader.',
    ...common,
    collect() {
      this.reset()
      for (const { bot, failed } of store.totals()) this.inc(labelsOf(bot), failed)
    },
  })
}

function labelsOf(bot: string) {
  const [namespace = '', callbot = ''] = bot.split('/')
  return { namespace, callbot }
}
