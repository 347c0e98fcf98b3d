import { processMetrics } from '../runtime/process-metrics.ts'
import { Counter, Gauge, Registry } from '../runtime/prometheus.ts'
import type { Agent } from './agent.ts'
import { PARTS, type Part, type Proxy } from './apply/proxy-control.ts'
import type { CallerTrust } from './plan/caller-trust.ts'
import type { SecretDecision } from './plan/secret-decision.ts'
import { registerCallMetrics } from './call-metrics.ts'
import { watchRelay } from './relay-metrics.ts'
import type { RelayStatistics } from './report/relay-statistics.ts'

export interface EdgeMetrics {
  registry: Registry
  /** For the transport's `onRequest`. */
  request(seen: { code: string; method: string; host: string }): void
  reloaded(part: Part, isGood: boolean): void
  refused(bots: number): void
  /** The parts whose newest text the proxy rejects. */
  tablesRefused(parts: readonly Part[]): void
  /** For `onDecided` of the Secret with the authorities of callers. */
  callers(decision: SecretDecision<CallerTrust>): void
  /** For `onDecided` of the Secret with the certificate that callers see. */
  certificate(decision: SecretDecision<unknown>): void
  /** Asked at each scrape. */
  watch(proxy: Proxy, agent: Watched): void
  /** Asked at each scrape; undefined while the relay does not answer. */
  watchRelay(ask: () => Promise<RelayStatistics | undefined>): void
}

type Watched = Pick<Agent, 'wanted' | 'routes'>

/** What an edge reports about itself and the calls that it has: no number, no address. */
export function createEdgeMetrics(): EdgeMetrics {
  const registry = new Registry()
  processMetrics(registry)
  const registers = [registry]
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of requests to the API server by code, method and host; code <error> if there was no answer.',
    labelNames: ['code', 'method', 'host'],
    registers,
  })
  const reloads = new Counter({
    name: 'callbot_edge_reloads_total',
    help: 'Number of reloads of a part of the proxy by result; not_done: the proxy was down or rejected it.',
    labelNames: ['part', 'result'],
    registers,
  })
  const refused = new Gauge({
    name: 'callbot_edge_refused_routes',
    help: 'Number of published routes that are rejected because a newer one is known.',
    registers,
  })
  const tables = new Gauge({
    name: 'callbot_edge_table_refused',
    help: '1 while the proxy rejects the newest table of a part and the last valid one is in use.',
    labelNames: ['part'],
    registers,
  })
  const callers = new Gauge({
    name: 'callbot_edge_client_ca_refused',
    help: '1 while the Secret of edge.tls.clientCaSecretName is invalid and the last valid one is in use.',
    registers,
  })
  const certificate = new Gauge({
    name: 'callbot_edge_certificate_refused',
    help: '1 while the Secret of edge.tls.secretName is invalid and the last valid one is in use.',
    registers,
  })
  const crl = new Gauge({
    name: 'callbot_edge_client_crl_expiry_timestamp_seconds',
    help: 'Expiry of the revocation list of callers, in seconds since 1970: after that every certificate is rejected. 0: never.',
    registers,
  })
  return {
    registry,
    request: (seen) => requests.inc(seen),
    reloaded: (part, isGood) => reloads.inc({ part, result: isGood ? 'done' : 'not_done' }),
    refused: (bots) => refused.set(bots),
    tablesRefused: (parts) => {
      for (const part of PARTS) tables.set({ part }, parts.includes(part) ? 1 : 0)
    },
    callers({ value, because }) {
      callers.set(because === undefined ? 0 : 1)
      crl.set(Math.floor((value?.crl?.until ?? 0) / 1_000))
    },
    certificate: ({ because }) => certificate.set(because === undefined ? 0 : 1),
    watch: (proxy, agent) => watch(registry, proxy, agent),
    watchRelay: (ask) => watchRelay(registry, ask),
  }
}

function watch(registry: Registry, proxy: Proxy, { wanted, routes }: Watched): void {
  const registers = [registry]
  registerCallMetrics(registry, proxy, routes)
  new Gauge({
    name: 'callbot_edge_epoch',
    help: 'Newest epoch (milliseconds) of the routes that the proxy runs, read from it; 0 while it is down.',
    registers,
    async collect() {
      this.set((await proxy.epoch()) ?? 0)
    },
  })
  new Gauge({
    name: 'callbot_edge_epoch_wanted',
    help: 'Newest epoch (milliseconds) of the routes that the agent knows.',
    registers,
    collect() {
      this.set(wanted().epoch)
    },
  })
  new Gauge({
    name: 'callbot_edge_routes',
    help: 'Number of bots in the route table.',
    registers,
    collect() {
      this.set(wanted().routes)
    },
  })
  new Gauge({
    name: 'callbot_edge_pods',
    help: 'Number of bot pods by state: active ones answer the probes of the proxy.',
    labelNames: ['state'],
    registers,
    async collect() {
      const pods = await proxy.pods()
      const active = pods.filter(({ isActive }) => isActive).length
      this.set({ state: 'active' }, active)
      this.set({ state: 'inactive' }, pods.length - active)
    },
  })
}
