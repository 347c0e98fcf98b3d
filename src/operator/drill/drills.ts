import type { Reconcile } from '../../kube/controller.ts'
import type { PodState } from '../../rules/call-statistics.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { Contexts } from '../certificates/own-certificate.ts'
import type { Caches } from '../observe/caches.ts'
import type { Wake } from '../observe/wake.ts'
import type { EdgePod } from '../observe/edge-poller.ts'
import { observeFailoverDrill } from '../observe/failover-drill.ts'
import { drillPods } from '../observe/drill-pods.ts'
import type { Addressed } from '../observe/pod-poller.ts'
import type { DrillRuns, ObserveSources } from '../observe/sources.ts'
import { createEdgeClient } from '../state-client.ts'
import { edgeLanes } from './edge-lanes.ts'
import {
  createDrillClient,
  createPodLaneClient,
  createTestCallClient,
  createTestRequestClient,
} from './order-clients.ts'
import { createOrders } from './orders.ts'
import { podLanes } from './pod-lanes.ts'
import { createRunMemory } from './run-memory.ts'

export interface Drills {
  runs: DrillRuns
  /** Works on the key of a drill that runs: brings orders to edges and pods. */
  orders(sources: ObserveSources): Reconcile
}

/** Puts together what runs drills. */
export function createDrills(o: {
  caches: Caches
  contexts: Contexts
  /** The name that an edge's certificate must prove. */
  edgeName: string
  edges: () => Iterable<EdgePod>
  /** A pod said this, or (undefined) did not answer. */
  heard: (pod: Addressed, state: PodState | undefined) => void
  leadership: { term: () => number | undefined; leadsFor: () => number }
  wake: Pick<Wake, 'object'>
  clock: Clock
  log: Log
}): Drills {
  const { caches, contexts, clock, leadership } = o
  const running = () => caches.failoverDrills.byIndex('running', 'yes')
  const memory = createRunMemory(clock, o.log, (uid) => {
    const drill = running().find((each) => each.uid === uid)
    if (drill !== undefined) o.wake.object('FailoverDrill', `${drill.namespace}/${drill.name}`, 'soon')
  })
  return {
    runs: { ...memory, ...leadershipOf(leadership.term, clock), monotonic: () => clock.monotonic() },
    orders: (sources) =>
      createOrders({
        ...{ memory, log: o.log, leadsFor: leadership.leadsFor, monotonic: () => clock.monotonic() },
        world: (namespace, name) => observeFailoverDrill(sources, namespace, name, clock.wall()),
        kinds: {
          SIP: edgeLanes({
            edges: o.edges,
            callers: ({ namespace, name }) => callersOf(caches, `${namespace}/${name}`),
            ask: createEdgeClient(contexts, o.edgeName),
            order: createDrillClient(contexts, o.edgeName),
            calls: createTestCallClient(contexts),
          }),
          HTTP: podLanes({
            pods: ({ namespace, name }) => drillPods(caches, `${namespace}/${name}`),
            ...createPodLaneClient(contexts, o.heard),
            requests: createTestRequestClient(contexts),
          }),
        },
      }),
  }
}

/** Which leadership it is, and when this replica noticed that it began. */
function leadershipOf(
  term: () => number | undefined,
  clock: Pick<Clock, 'monotonic'>,
): Pick<DrillRuns, 'term' | 'ledSince'> {
  let known: number | undefined
  let since = -Infinity
  return {
    term,
    ledSince() {
      if (known !== term()) since = clock.monotonic()
      known = term()
      return since
    },
  }
}

/** Who could place a test call, and the number of the first bot. @param key `namespace/name` of the Integration */
const callersOf = (caches: Pick<Caches, 'bots' | 'pods' | 'nodes'>, key: string) => ({
  pods: drillPods(caches, key),
  number: caches.bots.byIndex('integration', key)[0]?.spec.numbers[0],
})
