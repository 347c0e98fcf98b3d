import { LONGEST_LEASE_MS, type DrillOrder } from '../../rules/drill/order.ts'
import type { WantedLane } from '../../rules/drill/run.ts'
import type { EdgeState } from '../../rules/edge-state.ts'
import type { EdgePod } from '../observe/edge-poller.ts'
import type { LaneOfEdge } from '../world/failover-drill.ts'

/** What became of an order. Undefined: the edge did not answer. */
export type OrderAnswer = { nonce: string; because: string | undefined; isTaken: boolean } | undefined

export interface LanesOptions {
  /** GET /state of an edge. Never throws. */
  ask: (edge: EdgePod) => Promise<EdgeState | undefined>
  /** PUT /drill. Never throws. */
  order: (edge: EdgePod, order: DrillOrder) => Promise<OrderAnswer>
  monotonic: () => number
  /** For how much longer we lead for sure, in milliseconds. */
  leadsFor: () => number
}

/** Whose lane it is, and which number its calls reach. */
export interface LaneOwner {
  /** `namespace/name` */
  integration: string
  drill: string
  term: number
  to: string
  /** Names of the trunks: the primary, and the first backup. */
  primary: string
  backup: string
}

/** How an edge has the lane now. */
export interface Lane {
  /** What the edge was ordered last, and took; undefined: nothing. */
  readonly has: WantedLane | undefined
  /** Since when it has had that without a break, monotonic milliseconds. A call that began before may have met the end of a lease. */
  readonly heldSince: number | undefined
  /** When the simulated fault was ordered first, monotonic milliseconds; undefined: not yet. */
  readonly faultAt: number | undefined
  readonly seen: LaneOfEdge
  /** The route that a test call by this edge would take. */
  readonly route: 'Primary' | 'Backup' | undefined
}

interface Said {
  lane: Lane
  problem: string | undefined
}

/** The lanes of one drill, by the UID of the edge's pod. What is ordered here ends by itself when nobody repeats it. */
export function createLanes(o: LanesOptions) {
  const lanes = new Map<string, Lane>()

  /** One round with one edge: hears how its lane is, and repeats the order. */
  async function visit(edge: EdgePod, owner: LaneOwner, wanted: WantedLane | undefined): Promise<string | undefined> {
    const known = lanes.get(edge.uid)
    if (wanted === undefined && known?.has === undefined) return undefined
    const state = await o.ask(edge)
    if (state === undefined) return `the edge ${edge.name} does not answer`
    const { lane, problem } = await orderOne(
      edge,
      owner,
      wanted,
      hear(edge, owner, state, known, o.monotonic()),
      state.nonce,
    )
    lanes.set(edge.uid, lane)
    return problem
  }

  async function orderOne(
    edge: EdgePod,
    owner: LaneOwner,
    wanted: WantedLane | undefined,
    heard: Lane,
    nonce: string | undefined,
  ): Promise<Said> {
    if (nonce === undefined) return { lane: heard, problem: `the edge ${edge.name} takes no orders of drills` }
    const { integration, drill, term, to } = owner
    const base = { integration, drill, term, to }
    const isOver = heard.has !== undefined && heard.has.view !== wanted?.view
    let next = nonce
    if (isOver) {
      const end = { ...base, nonce, ttlMilliseconds: 0, fault: 'None', side: 'Primary' } as const
      next = (await o.order(edge, end))?.nonce ?? nonce
    }
    const lane: Lane = isOver ? { ...heard, has: undefined, heldSince: undefined, route: undefined } : heard
    if (wanted === undefined) return { lane, problem: undefined }
    const { fault, side, view } = wanted
    const ttlMilliseconds = Math.floor(Math.min(LONGEST_LEASE_MS, o.leadsFor()))
    if (ttlMilliseconds <= 0) return { lane, problem: undefined }
    const isFault = view === 'Drill' && fault !== 'None' && side === 'Primary'
    const faultAt = lane.faultAt ?? (isFault ? o.monotonic() : undefined)
    const answer = await o.order(edge, { ...base, nonce: next, ttlMilliseconds, fault, side })
    const heldSince = lane.heldSince ?? o.monotonic()
    if (answer?.isTaken) return { lane: { ...lane, has: wanted, heldSince, faultAt }, problem: undefined }
    return {
      lane,
      problem: answer && `the edge ${edge.name} refused an order: ${answer.because ?? 'without a reason'}`,
    }
  }

  return {
    visit,
    /** Of that edge, if it was heard. */
    of: (edge: string): Lane | undefined => lanes.get(edge),
    /** Edges that are gone say nothing any more. */
    retain(uids: ReadonlySet<string>): void {
      for (const uid of lanes.keys()) if (!uids.has(uid)) lanes.delete(uid)
    },
    seen: (): LaneOfEdge[] => [...lanes.values()].map(({ seen }) => seen),
    /** No edge has anything of this drill. */
    get areEmpty(): boolean {
      return [...lanes.values()].every(({ has }) => has === undefined)
    },
  }
}

const NOTHING = { has: undefined, heldSince: undefined }

/** The lane as its edge has it now. @param now monotonic milliseconds */
function hear(
  edge: EdgePod,
  { drill, primary, backup }: LaneOwner,
  { zone, drills }: EdgeState,
  known: Lane | undefined,
  now: number,
): Lane {
  const own = drills.find((each) => each.drill === drill)
  const state = own?.trunks.find(({ trunk }) => trunk === primary)?.state ?? 'Unknown'
  const route = own?.active === primary ? 'Primary' : own?.active === backup ? 'Backup' : undefined
  const faultAt = known?.faultAt
  const isDetected = faultAt !== undefined && state === 'Down'
  const detectedAfter = known?.seen.detectedAfter ?? (isDetected ? now - faultAt : undefined)
  const isHeld = state === 'Up' && route === 'Backup'
  const seen = { edge: edge.name, zone, lane: state, detectedAfter, isHeld }
  const { has, heldSince } = own === undefined ? NOTHING : (known ?? NOTHING)
  return { has, heldSince, faultAt, seen, route }
}
