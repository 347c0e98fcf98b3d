import { pause, type Clock } from '../../runtime/clock.ts'
import { routesQuestions } from '../../rules/edge-routes.ts'
import type { EdgeState } from '../../rules/edge-state.ts'
import type { Sighting, Watcher } from '../../rules/route-status.ts'
import type { RoutesBoard } from './routes.ts'

export interface EdgesBoard {
  /** An edge that will be asked. */
  expect(edge: string): void
  /** It told; or (undefined) it can't be reached. */
  told(edge: string, state: EdgeState | undefined): void
  /** Those that are there now; others are gone. Before the first word of them nothing is known. */
  keep(edges: ReadonlySet<string>): void
  /** What edges say of the trunks of an Integration (`namespace/name`). Undefined while it is not known which there are, or one was never asked. */
  watchers(integration: string): Watcher[] | undefined
}

interface Edge {
  asked: boolean
  /** By Integration. */
  says: Map<string, { watcher: Watcher; text: string }>
}

/** Keeps what edges tell of trunks. `onChange`: an edge says something else of that Integration than before. */
export function createEdgesBoard(onChange: (integration: string) => void): EdgesBoard {
  const edges = new Map<string, Edge>()
  let isBegun = false
  const replace = (edge: Edge, says: Edge['says'], isNews: boolean) => {
    const before = edge.says
    edge.says = says
    for (const key of new Set([...before.keys(), ...says.keys()])) {
      if (isNews || before.get(key)?.text !== says.get(key)?.text) onChange(key)
    }
  }
  return {
    expect(uid) {
      if (!edges.has(uid)) edges.set(uid, { asked: false, says: new Map() })
    },
    told(uid, state) {
      const edge = edges.get(uid)
      if (edge === undefined) return
      const isFirst = !edge.asked
      edge.asked = true
      replace(edge, state === undefined ? new Map() : saysOf(state), isFirst)
    },
    keep(left) {
      isBegun = true
      for (const [uid, edge] of edges) {
        if (left.has(uid)) continue
        edges.delete(uid)
        replace(edge, new Map(), true)
      }
    },
    watchers(integration) {
      const all = [...edges.values()]
      if (!isBegun || all.some(({ asked }) => !asked)) return undefined
      return all.flatMap(({ says }) => says.get(integration)?.watcher ?? [])
    },
  }
}

/** What an edge says of each Integration. How many calls it has is another matter, and changes all the time. */
function saysOf({ trunks, active }: EdgeState): Edge['says'] {
  const sightings = new Map<string, Sighting[]>()
  for (const { integration, trunk, state, since, because } of trunks) {
    const own = sightings.get(integration) ?? []
    own.push({ part: trunk, state, since: Date.parse(since), ...(because !== undefined && { because }) })
    sightings.set(integration, own)
  }
  const used = new Map(
    active.map(({ integration, trunk, since }) => [integration, { part: trunk, since: Date.parse(since) }]),
  )
  return new Map(
    [...sightings].map(([key, own]) => {
      const watcher: Watcher = { sightings: own, active: used.get(key) }
      return [key, { watcher, text: JSON.stringify(watcher) }]
    }),
  )
}

/** A pod of an edge that can be asked. */
export interface EdgePod {
  uid: string
  name: string
  ip: string
}

export interface EdgesPollerOptions {
  edges: () => Iterable<EdgePod>
  board: EdgesBoard
  routes: RoutesBoard
  /** GET /state of an edge; undefined when it doesn't answer. Never throws. */
  ask: (edge: EdgePod) => Promise<EdgeState | undefined>
  /** GET /routes of it: the epochs of these bots' routes. As above. */
  askRoutes: (edge: EdgePod, bots: readonly string[]) => Promise<ReadonlyMap<string, number> | undefined>
  /** Only who leads asks: who stands by would not be allowed to tell. */
  mayAsk: () => boolean
  clock: Clock
}

/** Edges are few, and people are to see within seconds what happens to trunks. Milliseconds. */
const EVERY_MS = 1_000
/** One lost answer is no news; after so many in a row the word of an edge is no longer believed. */
const FORGOTTEN_AFTER = 3
/** For so long a round asks for routes: then trunks are looked at again. */
const ROUTES_MS = 500

/** Asks every edge for its state, and for the routes that are followed. */
export function createEdgesPoller(o: EdgesPollerOptions) {
  const { board, routes, clock } = o
  const failures = new Map<string, number>()
  const underWay = new Set<string>()

  const askOne = async (edge: EdgePod) => {
    underWay.add(edge.uid)
    const state = await o.ask(edge)
    const failed = state === undefined ? (failures.get(edge.uid) ?? 0) + 1 : 0
    const isFirst = !failures.has(edge.uid)
    failures.set(edge.uid, failed)
    if (state !== undefined || isFirst || failed >= FORGOTTEN_AFTER) board.told(edge.uid, state)
    if (state !== undefined && (await askForRoutes(edge))) routes.heard(edge.uid)
    underWay.delete(edge.uid)
  }

  /** Whether it answers. What is not asked in this round is in the next. */
  const askForRoutes = async (edge: EdgePod): Promise<boolean> => {
    const end = clock.monotonic() + ROUTES_MS
    for (const bots of routesQuestions(routes.questions(edge.uid))) {
      const epochs = await o.askRoutes(edge, bots)
      if (epochs === undefined) return false
      routes.told(edge.uid, epochs)
      if (clock.monotonic() >= end) break
    }
    return true
  }

  const tick = () => {
    const now = [...o.edges()]
    const left = new Set(now.map(({ uid }) => uid))
    for (const uid of failures.keys()) if (!left.has(uid)) failures.delete(uid)
    board.keep(left)
    routes.keep(now)
    routes.tick()
    for (const edge of now) board.expect(edge.uid)
    for (const edge of now) if (!underWay.has(edge.uid)) void askOne(edge)
  }

  return {
    /** Goes on until the signal aborts. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        if (o.mayAsk()) tick()
        await pause(clock, EVERY_MS, signal)
      }
    },
  }
}
