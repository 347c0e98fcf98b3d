import { LONGEST_LEASE_MS, NO_LIMIT } from '../../rules/drill/order.ts'
import { sumOf, type RealCalls } from '../../rules/drill/real-calls.ts'
import type { WantedLane } from '../../rules/drill/run.ts'
import type { LaneOfEdge } from '../world/failover-drill.ts'
import type { HeardLane, LaneHolder, LaneKind, LaneOwner } from './lane-kind.ts'

export interface LanesOptions<H extends LaneHolder> {
  kind: LaneKind<H>
  monotonic: () => number
  /** For how much longer we lead for sure, in milliseconds. */
  leadsFor: () => number
}

/** How a holder has the lane now. */
export interface Lane {
  /** What it was ordered last, and took; undefined: nothing. */
  readonly has: WantedLane | undefined
  /** Since when it has had that without a break, monotonic milliseconds. A test that began before may have met the end of a lease. */
  readonly heldSince: number | undefined
  /** When the simulated fault was ordered first, monotonic milliseconds; undefined: not yet. */
  readonly faultAt: number | undefined
  readonly seen: LaneOfEdge
  /** The route that a test would take. */
  readonly route: 'Primary' | 'Backup' | undefined
}

interface Said {
  lane: Lane
  problem: string | undefined
}

/** The lanes of one drill, by the UID of their holder. What is ordered here ends by itself when nobody repeats it. */
export function createLanes<H extends LaneHolder>(o: LanesOptions<H>) {
  const { kind } = o
  const lanes = new Map<string, Lane>()
  /** Of those that are gone, too. */
  const real = new Map<string, RealCalls>()
  const shares = createShares()
  /** Those that take part now. */
  const holders = (owner: LaneOwner) => kind.holders(owner, new Set(lanes.keys()))

  /** One round with one holder: hears how its lane is, and repeats the order. */
  async function visit(holder: H, owner: LaneOwner, wanted: WantedLane | undefined): Promise<string | undefined> {
    const known = lanes.get(holder.uid)
    if (wanted === undefined && known?.has === undefined) return undefined
    const told = await kind.ask(holder, owner)
    if (told === undefined) return `the ${kind.holder} ${holder.name} does not answer`
    const heard = hear(holder, owner, told, known, o.monotonic())
    if (told.real !== undefined) real.set(holder.uid, told.real)
    const mostRealCalls = shares.of(holder.uid)
    const { lane, problem } = await orderOne(o, { holder, owner, wanted, mostRealCalls }, heard, told.nonce)
    lanes.set(holder.uid, lane)
    return problem
  }

  return {
    holders,
    /** One round with all that take part. @returns what went wrong, in words */
    async round(owner: LaneOwner, wanted: WantedLane | undefined): Promise<string[]> {
      const all = holders(owner)
      // Those that are gone say nothing any more.
      const uids = new Set(all.map(({ uid }) => uid))
      for (const uid of lanes.keys()) if (!uids.has(uid)) lanes.delete(uid)
      shares.divide(wanted?.mostRealCalls ?? 0, [...uids])
      const problems = await Promise.all(all.map((holder) => visit(holder, owner, wanted)))
      return problems.filter((problem) => problem !== undefined)
    },
    /** Of that holder, if it was heard. */
    of: (uid: string): Lane | undefined => lanes.get(uid),
    /** Real calls that had to do with the drill, at all of them. */
    real: (): RealCalls => sumOf(real.values()),
    seen: (): LaneOfEdge[] => [...lanes.values()].map(({ seen }) => seen),
    /** Nobody has anything of this drill. */
    get areEmpty(): boolean {
      return [...lanes.values()].every(({ has }) => has === undefined)
    },
  }
}

/** How many real calls each holder may have: divided once, so that who comes later, or goes, makes no more of them. */
function createShares() {
  const shares = new Map<string, number>()
  let isUnlimited = false
  return {
    divide(most: number, uids: readonly string[]): void {
      isUnlimited = most === NO_LIMIT
      if (most === 0 || isUnlimited || shares.size > 0) return
      uids.forEach((uid, at) => shares.set(uid, Math.floor(most / uids.length) + (at < most % uids.length ? 1 : 0)))
    },
    of: (uid: string): number => (isUnlimited ? NO_LIMIT : (shares.get(uid) ?? 0)),
  }
}

/** Ends what is not wanted any more, and repeats what is. @param nonce from the last answer */
async function orderOne<H extends LaneHolder>(
  { kind, leadsFor, monotonic }: LanesOptions<H>,
  {
    holder,
    owner,
    wanted,
    mostRealCalls,
  }: { holder: H; owner: LaneOwner; wanted: WantedLane | undefined; mostRealCalls: number },
  heard: Lane,
  nonce: string | undefined,
): Promise<Said> {
  if (nonce === undefined)
    return { lane: heard, problem: `the ${kind.holder} ${holder.name} takes no orders of drills` }
  const { integration, drill, term } = owner
  const base = { integration: `${integration.namespace}/${integration.name}`, drill, term }
  const isOver = heard.has !== undefined && heard.has.view !== wanted?.view
  let next = nonce
  if (isOver) {
    const end = { ...base, nonce, ttlMilliseconds: 0, fault: 'None', side: 'Primary' } as const
    next = (await kind.order(holder, end, owner, NO_SHARE))?.nonce ?? nonce
  }
  const lane: Lane = isOver ? { ...heard, has: undefined, heldSince: undefined, route: undefined } : heard
  if (wanted === undefined) return { lane, problem: undefined }
  const { fault, side, view, sharePercent } = wanted
  const ttlMilliseconds = Math.floor(Math.min(LONGEST_LEASE_MS, leadsFor()))
  if (ttlMilliseconds <= 0) return { lane, problem: undefined }
  const isFault = view === 'Drill' && fault !== 'None' && side === 'Primary'
  const faultAt = lane.faultAt ?? (isFault ? monotonic() : undefined)
  const order = { ...base, nonce: next, ttlMilliseconds, fault, side }
  const answer = await kind.order(holder, order, owner, { sharePercent, mostRealCalls })
  const heldSince = lane.heldSince ?? monotonic()
  if (answer?.isTaken) return { lane: { ...lane, has: wanted, heldSince, faultAt }, problem: undefined }
  return {
    lane,
    problem: answer && `the ${kind.holder} ${holder.name} refused an order: ${answer.because ?? 'without a reason'}`,
  }
}

const NO_SHARE = { sharePercent: 0, mostRealCalls: 0 }

const NOTHING = { has: undefined, heldSince: undefined }

/** The lane as its holder has it now. @param now monotonic milliseconds */
function hear(
  { name }: LaneHolder,
  { primary, backup }: LaneOwner,
  { zone, lane }: HeardLane,
  known: Lane | undefined,
  now: number,
): Lane {
  const state = lane?.primary ?? 'Unknown'
  const route = lane?.active === primary ? 'Primary' : lane?.active === backup ? 'Backup' : undefined
  const faultAt = known?.faultAt
  const isDetected = faultAt !== undefined && state === 'Down'
  const detectedAfter = known?.seen.detectedAfter ?? (isDetected ? now - faultAt : undefined)
  const isHeld = state === 'Up' && route === 'Backup'
  const seen = { edge: name, zone, lane: state, detectedAfter, isHeld }
  const { has, heldSince } = lane === undefined ? NOTHING : (known ?? NOTHING)
  return { has, heldSince, faultAt, seen, route }
}
