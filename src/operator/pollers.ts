import { systemClock } from '../runtime/system-clock.ts'
import type { Parts } from './assemble.ts'
import { createClusterProbes } from './cluster-probes.ts'
import { registerCallMetrics } from './metrics/calls.ts'
import type { Caches } from './observe/caches.ts'
import { orderedPolicy } from './observe/callbot.ts'
import { createCallsStore, type CallsStore } from './observe/pod-calls.ts'
import { createEdgesStore, createEdgesPoller, type EdgePod, type EdgesStore } from './observe/edge-poller.ts'
import { createEndpointsStore, type EndpointsStore } from './observe/http-endpoints.ts'
import { createIdleCheck } from './observe/idle-check.ts'
import { type Addressed, createCallsPoller } from './observe/pod-poller.ts'
import type { PolicyShares } from './observe/policy-shares.ts'
import { createRoutesStore } from './observe/routes.ts'
import type { PolledState } from './observe/sources.ts'
import { reportRanges } from './observe/unknown-ranges.ts'
import { createStorePoller } from './observe/store-poller.ts'
import { createDrills, type Drills } from './drill/drills.ts'
import { createContexts, type Contexts, type OwnIdentity } from './certificates/own-certificate.ts'
import { serviceName } from './render/manifest.ts'
import { registerDrillMetrics } from './metrics/drills.ts'
import { registerEgressMetrics } from './metrics/egress.ts'
import { registerObjectiveMetrics } from './metrics/objectives.ts'
import { registerRouteMetrics } from './metrics/integration-routes.ts'
import { registerRetentionMetrics } from './metrics/retention.ts'
import * as clients from './state-client.ts'
import type { Controllers } from './controllers.ts'

/** What the operator asks pods and edges itself: whether zones answer, how calls are, and which ways to clients are open. */
export interface Pollers extends PolledState {
  /** All go on until the signal aborts. */
  run(signal: AbortSignal): void
  drillOrders: Drills['orders']
}

export function createPollers(o: {
  parts: Parts
  caches: Caches
  identity: OwnIdentity
  /** Every CA certificate to trust, PEM. */
  bundle: () => string
  controllers: Controllers
  policyShares: PolicyShares
}): Pollers {
  const { parts, caches, identity, bundle, controllers } = o
  const clock = systemClock
  const contexts = createContexts(identity, bundle)
  const wake = (bot: string) => controllers.wake.object('Callbot', bot, 'soon')
  const store = createCallsStore({ now: clock.wall, onChange: wake, onDemand: wake })
  const edges = createEdgesStore((integration) => wakeIntegration(caches, controllers, integration))
  const routes = createRoutesStore(clock, wake)
  const endpoints = createEndpointsStore(caches.pods, (integration) =>
    controllers.wake.object('Integration', integration, 'soon'),
  )
  const ask = askPods(contexts, endpoints)
  const mayAsk = () => controllers.leads()
  const publish: Parts['events']['publish'] = (event) => parts.events.publish(event)
  const edgeName = serviceName('edge', parts.config.namespace)
  const edgesPoller = createEdgesPoller({
    ...{ edges: () => edgePods(caches), store: edges, routes, clock, mayAsk },
    ask: clients.createEdgeClient(contexts, edgeName),
    askRoutes: clients.createRoutesClient(contexts, edgeName),
  })
  const policyOf = (pod: Addressed) => orderedPolicy(o, pod.namespace, pod.bot)
  const poller = createCallsPoller({ caches, store, ask, policyOf, mayAsk, clock, chance: Math.random })
  controllers.followPods(poller.hasten)
  registerMetrics(parts, caches, store)
  const drills = createDrills({
    ...{ caches, contexts, edgeName, clock, log: parts.log, wake: controllers.wake, leadership: controllers },
    ...{ edges: () => edgePods(caches), heard: endpoints.record },
  })
  const probes = createClusterProbes({ caches, contexts, store, controllers, edgeName, clock })
  const recordStore = recordStoreOf(parts, caches, contexts, controllers)
  return {
    run(signal) {
      probes.run(signal)
      void poller.run(signal)
      void edgesPoller.run(signal)
      void reportRanges({ ...parts.config, caches, clock, mayAsk, publish }, signal)
      if (caches.records !== undefined) void recordStore.run(signal)
    },
    drillOrders: drills.orders,
    polled: {
      ...probes.found,
      calls: store.shown,
      demand: store.demand,
      callsOf: (bot, podUid) => store.state(bot, podUid)?.calls,
      routeSources: { ...sourcesOf(edges, parts), routes: routes.edgesOf, pods: endpoints.observations },
      followRoute: routes.follow,
      drillRuns: drills.runs,
      storeSources: recordStore,
    },
    areIdle: createIdleCheck({ caches, store, ask }),
  }
}

/** What a pod says of endpoints is noted apart. */
function askPods(contexts: Contexts, endpoints: EndpointsStore): ReturnType<typeof clients.createStateClient> {
  const ask = clients.createStateClient(contexts)
  return (pod, keep, order) => ask(pod, keep, order).then((state) => (endpoints.record(pod, state), state))
}

const recordStoreOf = ({ config }: Parts, caches: Caches, contexts: Contexts, controllers: Controllers) =>
  createStorePoller({
    ...{ caches, clock: systemClock, mayAsk: () => controllers.leads() },
    askSweep: clients.createSweepClient(contexts, serviceName('sweep', config.namespace)),
    askRecords: clients.createRecordsClient(contexts),
    onChange: (policy) => controllers.wake.object('RetentionPolicy', policy, 'soon'),
  })

function registerMetrics({ metrics: { registry }, config }: Parts, caches: Caches, store: CallsStore): void {
  registerCallMetrics(registry, store)
  registerObjectiveMetrics(registry, caches)
  registerRouteMetrics(registry, caches)
  registerEgressMetrics(registry, { ...config, caches })
  registerDrillMetrics(registry, caches)
  registerRetentionMetrics(registry, caches)
}

const sourcesOf = ({ observers, witnesses }: EdgesStore, { serverClock }: Parts) => ({
  ...{ edges: observers, witnesses, clockSkew: serverClock.skew },
})

/** The Integration itself, and the bots whose emergency number goes through it. */
function wakeIntegration(caches: Caches, work: Controllers, integration: string): void {
  work.wake.object('Integration', integration, 'soon')
  for (const bot of caches.bots.byIndex('fallback', integration))
    work.wake.object('Callbot', `${bot.namespace}/${bot.name}`, 'soon')
}

function* edgePods(caches: Caches): Iterable<EdgePod> {
  for (const { uid, name, ip, running } of caches.edges.list()) if (running && ip !== undefined) yield { uid, name, ip }
}
