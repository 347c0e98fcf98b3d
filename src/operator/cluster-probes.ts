import type { Clock } from '../runtime/clock.ts'
import { takesConnections } from '../telephony/takes-connections.ts'
import type { Contexts } from './certificates/own-certificate.ts'
import type { Controllers } from './controllers.ts'
import type { Caches } from './observe/caches.ts'
import { createEdgeObstacles } from './observe/edge-obstacles.ts'
import type { CallsStore } from './observe/pod-calls.ts'
import { createPolicyProber } from './observe/policy-prober.ts'
import type { ObserveSources } from './observe/sources.ts'
import { createZoneProber } from './observe/zone-prober.ts'
import { HEALTH_PORT } from './render/manifest.ts'
import { createBotProbe } from './sip-probe.ts'
import { createEdgeClient } from './state-client.ts'

/** In which a pod takes a connection, if it can be reached. */
const CONNECT_MS = 1_000

export interface ClusterProbes {
  found: Pick<ObserveSources, 'answering' | 'policyEvidence' | 'edgeObstacles'>
  /** All go on until the signal aborts. */
  run(signal: AbortSignal): void
}

/** What the operator tries of the cluster itself: whether zones answer, whether network policies are enforced, and why an edge does not start. */
export function createClusterProbes(o: {
  caches: Caches
  contexts: Contexts
  store: CallsStore
  controllers: Controllers
  /** In the certificates of edges. */
  edgeName: string
  clock: Clock
}): ClusterProbes {
  const { caches, contexts, store, controllers, clock } = o
  const mayAsk = () => controllers.leads()
  const zones = createZoneProber({
    ...{ caches, clock, probe: createBotProbe(contexts, clock) },
    onChange: (zone, answering) => controllers.zoneChanged(zone, answering),
  })
  const policies = createPolicyProber({
    ...{ caches, clock, mayAsk, openPort: HEALTH_PORT },
    closedPortOf: ({ namespace, bot, uid }) => store.state(`${namespace}/${bot}`, uid)?.closedPort,
    connects: ({ ip }, port) => takesConnections({ host: ip, port, timeoutMs: CONNECT_MS, clock }),
    onChange: (bot) => controllers.wake.object('Callbot', bot, 'soon'),
  })
  const obstacles = createEdgeObstacles({
    ...{ caches, clock, mayAsk, ask: createEdgeClient(contexts, o.edgeName) },
    onChange: () => controllers.wake.everyBot(),
  })
  return {
    found: { answering: zones.answering, policyEvidence: policies.of, edgeObstacles: obstacles.list },
    run: (signal) => [zones, policies, obstacles].forEach((each) => void each.run(signal)),
  }
}
