/**
 * Whether the edges run what was published for a bot. What an edge told once stays told: edges go on with what they have, and
 * refuse what is older. So a route that ran everywhere is settled, whatever becomes of the edges later: one that restarts
 * takes no call before it has read all routes.
 */

/** An edge, as the operator hears it. */
export interface ObservedEdge {
  /** Of its pod. */
  edge: string
  /** Epoch milliseconds of its last answer, when that is too long ago. */
  silentSince: number | undefined
  /** Of the bot's route, as the edge told last. Undefined: it told of none. */
  epoch: number | undefined
}

/** The route that the edges run, as a bot's status keeps it. */
export interface RunningRoute {
  epoch: number
  numbers: string[]
  /** How many edges run it. */
  edges: number
  /** Edges that did not answer when it was settled, and have not told of it since. */
  silent?: { edge: string; since: string }[]
}

/** What is published. */
export interface PublishedRoute {
  epoch: number
  numbers: readonly string[]
}

/** Unasked: not all is known yet. Waiting: an edge that answers does not run it yet. Silent: no edge answers. */
export type RouteOnEdges =
  | { state: 'NoEdges' | 'Unasked' }
  | { state: 'Runs'; run: RunningRoute }
  | { state: 'Waiting' | 'Silent'; running: number; edges: number; silent: Silent[] }

export type Silent = NonNullable<RunningRoute['silent']>[number]

/** What a status has room for. */
const MOST_SILENT = 100

/** @param before what the status said before */
export function routeOnEdges(
  { epoch, numbers }: PublishedRoute,
  edges: readonly ObservedEdge[] | 'NoEdges' | undefined,
  before: RunningRoute | undefined,
): RouteOnEdges {
  if (before?.epoch === epoch) return { state: 'Runs', run: settledRoute(before, edges) }
  if (edges === undefined) return { state: 'Unasked' }
  if (edges === 'NoEdges') return { state: 'NoEdges' }
  const others = edges.filter((each) => !runsEpoch(each, epoch))
  const silent = others.flatMap(asSilent)
  const running = edges.length - others.length
  if (running > 0 && silent.length === others.length)
    return { state: 'Runs', run: runningRoute({ epoch, numbers: [...numbers], edges: running }, silent) }
  const state = silent.length === edges.length ? 'Silent' : 'Waiting'
  return { state, running, edges: edges.length, silent }
}

/** The epoch of which edges are still to be asked; undefined for none. @param run as the status says it now */
export const epochToAskFor = (epoch: number | undefined, run: RunningRoute | undefined): number | undefined =>
  run?.epoch === epoch && run?.silent === undefined ? undefined : epoch

const runsEpoch = (edge: Pick<ObservedEdge, 'epoch'>, epoch: number) => edge.epoch !== undefined && edge.epoch >= epoch

const asSilent = ({ edge, silentSince }: ObservedEdge): Silent[] =>
  silentSince === undefined ? [] : [{ edge, since: new Date(silentSince).toISOString() }]

/** Those that were silent may have reported by now, or be gone. No other edge changes anything. */
function settledRoute(before: RunningRoute, edges: readonly ObservedEdge[] | 'NoEdges' | undefined): RunningRoute {
  const { silent, ...run } = before
  if (silent === undefined || edges === undefined) return before
  const now = new Map(edges === 'NoEdges' ? [] : edges.map((each) => [each.edge, each]))
  const tells = (edge: string) => runsEpoch(now.get(edge) ?? { epoch: undefined }, run.epoch)
  const more = silent.filter(({ edge }) => tells(edge)).length
  return runningRoute(
    { ...run, edges: run.edges + more },
    silent.filter(({ edge }) => now.has(edge) && !tells(edge)),
  )
}

const runningRoute = (run: RunningRoute, silent: Silent[]): RunningRoute =>
  silent.length === 0 ? run : { ...run, silent: silent.slice(0, MOST_SILENT) }
