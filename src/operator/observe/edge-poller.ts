import { defined } from '../../lib/defined.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import { routesQuestions } from '../../rules/edge-routes.ts'
import type { DrillWitness } from '../../rules/drill/preflight.ts'
import type { EdgeState } from '../../rules/edge-state.ts'
import type { PartObservation } from '../../rules/part-state.ts'
import type { RouteObserver } from '../../rules/route-status.ts'
import { NO_ZONE } from '../../rules/zone-health.ts'
import type { RoutesStore } from './routes.ts'

export interface EdgesStore {
  /** An edge that will be asked. */
  expect(edge: string): void
  /** It told; or (undefined) it can't be reached. */
  record(edge: string, state: EdgeState | undefined): void
  /** Those that are there now; others are gone. Before the first word of them nothing is known. */
  retain(edges: ReadonlySet<string>): void
  /** What edges say of the trunks of an Integration (`namespace/name`). Undefined while it is not known which there are, or one was never asked. */
  observers(integration: string): RouteObserver[] | undefined
  /** What each edge that answers says of them, with its calls. Undefined as above. */
  witnesses(integration: string): DrillWitness[] | undefined
}

interface Edge {
  asked: boolean
  /** Undefined: it does not answer. */
  zone: string | undefined
  /** By Integration. */
  observed: Map<string, { observer: RouteObserver; parts: DrillWitness['parts']; text: string }>
}

/** Keeps what edges report about trunks. `onChange`: an edge says something else of that Integration than before. */
export function createEdgesStore(onChange: (integration: string) => void): EdgesStore {
  const edges = new Map<string, Edge>()
  let isBegun = false
  const replace = (edge: Edge, says: Edge['observed'], isNews: boolean) => {
    const before = edge.observed
    edge.observed = says
    for (const key of new Set([...before.keys(), ...says.keys()])) {
      if (isNews || before.get(key)?.text !== says.get(key)?.text) onChange(key)
    }
  }
  return {
    expect(uid) {
      if (!edges.has(uid)) edges.set(uid, { asked: false, zone: undefined, observed: new Map() })
    },
    record(uid, state) {
      const edge = edges.get(uid)
      if (edge === undefined) return
      const isFirst = !edge.asked
      edge.asked = true
      edge.zone = state && (state.zone || NO_ZONE)
      replace(edge, state === undefined ? new Map() : observedBy(state), isFirst)
    },
    retain(known) {
      isBegun = true
      for (const [uid, edge] of edges) {
        if (known.has(uid)) continue
        edges.delete(uid)
        replace(edge, new Map(), true)
      }
    },
    observers(integration) {
      const all = [...edges.values()]
      if (!isBegun || all.some(({ asked }) => !asked)) return undefined
      return all.flatMap(({ observed }) => observed.get(integration)?.observer ?? [])
    },
    witnesses(integration) {
      const all = [...edges.values()]
      if (!isBegun || all.some(({ asked }) => !asked)) return undefined
      return all.flatMap(({ zone, observed }) =>
        zone === undefined ? [] : [{ zone, parts: observed.get(integration)?.parts ?? [] }],
      )
    },
  }
}

/** What an edge says of each Integration. How many calls it has is another matter, and changes all the time. */
function observedBy({ trunks, active }: EdgeState): Edge['observed'] {
  const observations = new Map<string, PartObservation[]>()
  const parts = new Map<string, DrillWitness['parts'][number][]>()
  for (const { integration, trunk, state, since, because, noted, calls, probeSeconds, address } of trunks) {
    const [own, counted] = [observations.get(integration) ?? [], parts.get(integration) ?? []]
    own.push({ part: trunk, state, since: Date.parse(since), ...defined({ because, noted, probeSeconds, address }) })
    counted.push({ name: trunk, state, calls })
    observations.set(integration, own)
    parts.set(integration, counted)
  }
  const used = new Map(
    active.map(({ integration, trunk, since }) => [integration, { part: trunk, since: Date.parse(since) }]),
  )
  return new Map(
    [...observations].map(([key, own]) => {
      const observer: RouteObserver = { observations: own, active: used.get(key) }
      return [key, { observer, parts: parts.get(key)!, text: JSON.stringify(observer) }]
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
  store: EdgesStore
  routes: RoutesStore
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
  const { store, routes, clock } = o
  const failures = new Map<string, number>()
  const underWay = new Set<string>()

  const askOne = async (edge: EdgePod) => {
    underWay.add(edge.uid)
    const state = await o.ask(edge)
    const failed = state === undefined ? (failures.get(edge.uid) ?? 0) + 1 : 0
    const isFirst = !failures.has(edge.uid)
    failures.set(edge.uid, failed)
    if (state !== undefined || isFirst || failed >= FORGOTTEN_AFTER) store.record(edge.uid, state)
    if (state !== undefined && (await askForRoutes(edge))) routes.recordAnswer(edge.uid)
    underWay.delete(edge.uid)
  }

  /** Whether it answers. What is not asked in this round is in the next. */
  const askForRoutes = async (edge: EdgePod): Promise<boolean> => {
    const end = clock.monotonic() + ROUTES_MS
    for (const bots of routesQuestions(routes.questions(edge.uid))) {
      const epochs = await o.askRoutes(edge, bots)
      if (epochs === undefined) return false
      routes.recordEpochs(edge.uid, epochs)
      if (clock.monotonic() >= end) break
    }
    return true
  }

  const tick = () => {
    const now = [...o.edges()]
    const known = new Set(now.map(({ uid }) => uid))
    for (const uid of failures.keys()) if (!known.has(uid)) failures.delete(uid)
    store.retain(known)
    routes.retain(now)
    routes.tick()
    for (const edge of now) store.expect(edge.uid)
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
