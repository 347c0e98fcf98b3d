/** Asks edges that do not run why. Their agents start before their proxies, and know. */
import type { EdgeState } from '../../rules/edge-state.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import type { EdgeObstacle } from '../world/callbot.ts'
import type { Caches } from './caches.ts'
import type { EdgePod } from './edge-poller.ts'

export interface EdgeObstaclesOptions {
  caches: Pick<Caches, 'edges'>
  /** GET /state of an edge; undefined when it doesn't answer. Never throws. */
  ask: (edge: EdgePod) => Promise<EdgeState | undefined>
  mayAsk: () => boolean
  clock: Clock
  /** An edge reports something else than before. */
  onChange: () => void
}

export interface EdgeObstacles {
  /** In the order of the edges' names. Undefined: no edge is there, or they were not asked yet. */
  list(): readonly EdgeObstacle[] | undefined
  /** Goes on until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

const EVERY_MS = 5_000

export function createEdgeObstacles(o: EdgeObstaclesOptions): EdgeObstacles {
  let found: readonly EdgeObstacle[] | undefined

  const look = async (): Promise<EdgeObstacle[]> => {
    const states = [...waitingEdges(o.caches)].map(async (edge) => ({ edge, state: await o.ask(edge) }))
    const asked = await Promise.all(states)
    return asked
      .flatMap(({ edge, state }) => (state?.obstacle ? [{ edge: edge.name, because: state.obstacle }] : []))
      .sort((one, other) => (one.edge < other.edge ? -1 : 1))
  }

  return {
    list: () => (o.caches.edges.size === 0 ? undefined : found),
    async run(signal) {
      while (!signal.aborted) {
        if (o.mayAsk()) {
          const now = await look()
          const isNews = JSON.stringify(now) !== JSON.stringify(found)
          found = now
          if (isNews) o.onChange()
        }
        await pause(o.clock, EVERY_MS, signal)
      }
    },
  }
}

/** Its agent has an address and the proxy does not run: an init container of the pod waits. */
function* waitingEdges({ edges }: EdgeObstaclesOptions['caches']): Iterable<EdgePod> {
  for (const { uid, name, ip, running, terminating } of edges.list())
    if (!running && !terminating && ip !== undefined) yield { uid, name, ip }
}
