import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { Contexts } from '../certificates/own-certificate.ts'
import type { Caches, Wake } from '../observe/caches.ts'
import type { EdgePod } from '../observe/edge-poller.ts'
import { observeFailoverDrill } from '../observe/failover-drill.ts'
import type { Addressed } from '../observe/pod-poller.ts'
import type { DrillRuns, ObserveSources } from '../observe/sources.ts'
import { createEdgeClient } from '../state-client.ts'
import { createCourier } from './courier.ts'
import { createDrillClient, createTestCallClient } from './order-clients.ts'
import { createRunMemory } from './run-memory.ts'

export interface Drills {
  runs: DrillRuns
  /** Brings orders to edges and pods until the signal aborts. */
  run(sources: ObserveSources, signal: AbortSignal): void
}

/** Puts together what runs drills. */
export function createDrills(o: {
  caches: Caches
  contexts: Contexts
  /** The name that an edge's certificate must prove. */
  edgeName: string
  edges: () => Iterable<EdgePod>
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
    runs: { ...memory, term: leadership.term, monotonic: () => clock.monotonic() },
    run(sources, signal) {
      const courier = createCourier({
        ...{ running, memory, clock, log: o.log, edges: o.edges },
        world: (namespace, name) => observeFailoverDrill(sources, namespace, name, clock.wall()),
        callers: (namespace, integration) => callersOf(caches, `${namespace}/${integration}`),
        lanes: {
          ask: createEdgeClient(contexts, o.edgeName),
          order: createDrillClient(contexts, o.edgeName),
          leadsFor: leadership.leadsFor,
        },
        calls: createTestCallClient(contexts),
      })
      void courier.run(signal)
    },
  }
}

/** Pods of every bot of the Integration, those of one bot after the other. @param key `namespace/name` of the Integration */
function callersOf(
  caches: Pick<Caches, 'bots' | 'pods'>,
  key: string,
): { pods: Addressed[]; number: string | undefined } {
  const bots = caches.bots.byIndex('integration', key)
  const pods = bots.flatMap(({ namespace, name }) => caches.pods.byIndex('bot', `${namespace}/${name}`))
  const isReady = (pod: (typeof pods)[number]): pod is Addressed =>
    pod.ready && !pod.terminating && pod.ip !== undefined
  return { pods: pods.filter(isReady), number: bots[0]?.spec.numbers[0] }
}
