import { systemClock } from '../runtime/system-clock.ts'
import type { Parts } from './assemble.ts'
import { watchCalls } from './metrics/calls.ts'
import type { Caches } from './observe/caches.ts'
import { createCallsBoard } from './observe/pod-calls.ts'
import { createEdgesBoard, createEdgesPoller, type EdgePod } from './observe/edge-poller.ts'
import { createEndpointsBoard } from './observe/http-endpoints.ts'
import { createIdleCheck } from './observe/idle-check.ts'
import { createCallsPoller } from './observe/pod-poller.ts'
import { createRoutesBoard } from './observe/routes.ts'
import type { Seen } from './observe/observations.ts'
import { createZoneProber } from './observe/zone-prober.ts'
import { createContexts, type OwnIdentity } from './certificates/own-certificate.ts'
import { createBotProbe } from './sip-probe.ts'
import { serviceName } from './render/manifest.ts'
import { watchRoutes } from './metrics/integration-routes.ts'
import { createEdgeClient, createRoutesClient, createStateClient } from './state-client.ts'
import type { Work } from './controllers.ts'

/** What the operator asks pods and edges itself: whether zones answer, how calls are, and which ways to clients are open. */
export interface Watchers extends Seen {
  /** All go on until the signal aborts. */
  run(signal: AbortSignal): void
}

export function createWatchers(o: {
  parts: Parts
  caches: Caches
  identity: OwnIdentity
  /** Every CA certificate to trust, PEM. */
  bundle: () => string
  work: Work
}): Watchers {
  const { parts, caches, identity, bundle, work } = o
  const clock = systemClock
  const contexts = createContexts(identity, bundle)
  const prober = createZoneProber({
    caches,
    probe: createBotProbe(contexts, clock),
    clock,
    onChange: (zone, answering) => work.zoneChanged(zone, answering),
  })
  const wake = (bot: string) => work.wake.bot(bot, 'soon')
  const board = createCallsBoard({ now: clock.wall, onChange: wake, onDemand: wake })
  const edges = createEdgesBoard((integration) => wakeIntegration(caches, work, integration))
  const routes = createRoutesBoard(clock, wake)
  const endpoints = createEndpointsBoard(caches.pods, (integration) => work.wake.integration(integration, 'soon'))
  const askPod = createStateClient(contexts)
  const ask: typeof askPod = async (pod, keep) => {
    const state = await askPod(pod, keep)
    endpoints.told(pod, state)
    return state
  }
  const edgeName = serviceName('edge', parts.config.namespace)
  const edgesPoller = createEdgesPoller({
    ...{ edges: () => edgePods(caches), board: edges, routes, clock },
    ask: createEdgeClient(contexts, edgeName),
    askRoutes: createRoutesClient(contexts, edgeName),
    mayAsk: () => work.leads(),
  })
  const mayAsk = () => work.leads()
  const poller = createCallsPoller({ caches, board, ask, mayAsk, clock, chance: Math.random })
  watchCalls(parts.metrics.registry, board)
  watchRoutes(parts.metrics.registry, caches)
  return {
    run(signal) {
      void prober.run(signal)
      void poller.run(signal)
      void edgesPoller.run(signal)
    },
    seen: {
      answering: prober.answering,
      calls: board.shown,
      demand: board.demand,
      callsOf: (bot, podUid) => board.state(bot, podUid)?.calls,
      lookouts: { routes: routes.edgesOf, edges: edges.watchers, pods: endpoints.says },
    },
    areIdle: createIdleCheck({ caches, board, ask }),
    followRoute: routes.follow,
  }
}

/** The Integration itself, and the bots whose emergency number goes through it. */
function wakeIntegration(caches: Caches, work: Work, integration: string): void {
  work.wake.integration(integration, 'soon')
  for (const bot of caches.bots.byIndex('fallback', integration)) work.wake.bot(`${bot.namespace}/${bot.name}`, 'soon')
}

function* edgePods(caches: Caches): Iterable<EdgePod> {
  for (const { uid, name, ip, running } of caches.edges.list()) if (running && ip !== undefined) yield { uid, name, ip }
}
