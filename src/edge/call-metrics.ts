import { Counter, type Registry } from '../runtime/prometheus.ts'
import { serviceName, type Route } from '../rules/route.ts'
import type { Proxy } from './apply/proxy-control.ts'
import { endedOf, OUTCOMES } from './report/ended-calls.ts'

/** Calls as the proxy counts them since it started. */
export function registerCallMetrics(
  registry: Registry,
  proxy: Pick<Proxy, 'ended' | 'refusals' | 'marked'>,
  routes: () => Iterable<Route>,
): void {
  registerEndedCalls(registry, proxy, routes)
  new Counter({
    name: 'callbot_edge_refused_calls_total',
    help: 'Number of rejected calls since the proxy started: UnknownNumber (404), UnknownCaller (403), UnknownPod (503, a certificate of a bot from elsewhere).',
    labelNames: ['reason'],
    registers: [registry],
    async collect() {
      const refusals = await proxy.refusals()
      this.reset() // the proxy counts; no wait from here on, or two who ask at once get twice as many
      for (const [reason, calls] of refusals) this.inc({ reason }, calls)
    },
  })
  new Counter({
    name: 'callbot_edge_drill_calls_total',
    help: 'Number of test calls of failover drills since the proxy started: accepted, answered, and refused for want of a lease of their drill.',
    labelNames: ['result'],
    registers: [registry],
    async collect() {
      const marked = await proxy.marked()
      this.reset()
      for (const calls of marked.values())
        for (const [result, count] of Object.entries(calls)) this.inc({ result }, count)
    },
  })
}

/**
 * How calls to bots end. Each outcome of each bot with a route is there from 0 on: to Prometheus, a counter that appears with its first
 * failure has not increased. While the proxy is away there is none of them: a 0 in between would be taken for a restart, and all calls
 * before it be counted again. Names of bots and their namespaces are the only labels.
 */
function registerEndedCalls(registry: Registry, proxy: Pick<Proxy, 'ended'>, routes: () => Iterable<Route>): void {
  new Counter({
    name: 'callbot_edge_calls_total',
    help: 'Number of calls to a bot that have ended their set-up since the proxy started, by outcome: bot, person, late, turned-away, failed, abandoned; cancelled and refused count for no objective.',
    labelNames: ['namespace', 'callbot', 'outcome'],
    registers: [registry],
    async collect() {
      const ended = await proxy.ended()
      this.reset()
      if (ended === undefined) return
      for (const route of routes()) {
        const { namespace, name: callbot } = route.callbot
        const calls = endedOf(ended, serviceName(route))
        for (const outcome of OUTCOMES) this.inc({ namespace, callbot, outcome }, calls[outcome])
      }
    },
  })
}
