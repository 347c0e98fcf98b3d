import type { Gate } from '../kube/access-review.ts'
import { startHealthServer } from '../runtime/health-server.ts'
import { startMetricsServer } from '../runtime/metrics-server.ts'
import type { Registry } from '../runtime/prometheus.ts'
import type { EdgeState } from '../rules/edge-state.ts'
import { readIdentity, type Identity } from '../pki/identity.ts'
import type { Agent } from './agent.ts'
import type { Leases } from './apply/drill-leases.ts'
import type { RelayFiles } from './apply/relay-files.ts'
import type { Proxy } from './apply/proxy-control.ts'
import type { EdgeConfig } from './config.ts'
import { viewState } from './report/edge-state.ts'
import { listenState } from './state-server.ts'

export interface HttpServers {
  renew(identity: Identity): void
  close(): Promise<void>
}

/** Where the agent is asked: whether it lives, for metrics, and by the operator what the edge found of trunks. */
export async function startHttpServers(o: {
  config: EdgeConfig
  agent: Agent
  proxy: Proxy
  leases: Leases
  relayFiles: RelayFiles
  registry: Registry
  gate: Gate
}): Promise<HttpServers> {
  const { config, agent, leases, relayFiles, registry, gate } = o
  const identity = await readIdentity(config.insideFolder)
  const health = await startHealthServer({
    port: config.healthPort,
    live: {},
    ready: {
      tables: () => (agent.hasTables() ? undefined : 'the proxy has no tables to start with yet'),
      address: relayFiles.missing,
    },
  })
  const metrics = await startMetricsServer({ port: config.metricsPort, certificate: identity, registry, gate })
  const observer = `callbot-operator.${config.namespace}.svc`
  const asked = { state: stateReader(agent, o.proxy, leases, relayFiles.missing), routes: o.proxy.epochsOf, leases }
  const state = await listenState({ port: config.statePort, identity, observer, ...asked })
  return {
    renew(next) {
      metrics.renew(next)
      state.renew(next)
    },
    close: async () => void (await Promise.all([health.close(), metrics.close(), state.close()])),
  }
}

/** The state as the operator gets it: each is reported with the one before in mind. */
export function stateReader(
  agent: Agent,
  proxy: Proxy,
  { nonce }: Pick<Leases, 'nonce'>,
  obstacle: () => string | undefined = () => undefined,
): () => Promise<EdgeState> {
  let last: EdgeState | undefined
  return async () => {
    const asked = [proxy.trunks(), proxy.epoch(), proxy.leases(), proxy.marked(), proxy.drilled()] as const
    const [seen, epoch = 0, leases = [], marked, drilled] = await Promise.all(asked)
    const drills = { nonce: nonce(), leases, marked, drilled }
    return (last = viewState(last, {
      zone: agent.zone(),
      epoch,
      tables: agent.trunks(),
      seen,
      drills,
      obstacle: obstacle(),
      now: Date.now(),
    }))
  }
}
