import { MOST_LEASES } from '../../rules/drill/lease-line.ts'
import { judgeOrder } from '../../rules/drill/lease.ts'
import type { DrillOrder, DrillSide } from '../../rules/drill/order.ts'
import { trunksDomain } from '../../rules/trunks.ts'
import { trunksIn, type TrunkTables } from './trunk-tables.ts'

/** What the proxy lets a drill do. */
export interface Lease {
  /** Of `MOST_LEASES`, from 0. */
  slot: number
  /** Of the Integration. */
  domain: string
  drill: string
  fault: DrillOrder['fault']
  side: DrillSide
  to: string
  /** Percentage of the real new calls that join the drill. */
  sharePercent: number
  /** The most real calls that may join it at this edge. */
  mostRealCalls: number
  /** For how many more rounds of `TICK_MS`. */
  ticks: number
}

/** A lease as it was found in the proxy. */
export interface FoundLease extends Lease {
  /** The proxy has begun its lane. Before, what is known of the lane is from the lease before. */
  isOpen: boolean
}

/** How often the proxy counts down. */
export const TICK_MS = 250

export interface LeaseFacts {
  /** Of this agent, random. */
  run: string
  /** Milliseconds of the monotonic clock. */
  now: number
  /** The highest that was believed. */
  term: number
  /** Those that the proxy has now. */
  leases: readonly Lease[]
  tables: Pick<TrunkTables, 'groups' | 'trunks'>
}

/** `isHeard`: the order is this leader's and fresh, so its term counts, whether it can be carried out or not. */
export type LeaseDecision =
  | { kind: 'Give'; lease: Lease; isNew: boolean; endsAt: number }
  | { kind: 'End'; slot: number | undefined }
  | { kind: 'Refuse'; because: string; isHeard: boolean }

/** What becomes of an order. */
export function decideOrder(order: DrillOrder, facts: LeaseFacts): LeaseDecision {
  const { leases, now } = facts
  const [namespace = '', name = ''] = order.integration.split('/')
  const domain = trunksDomain({ namespace, name })
  const held = leases.find((lease) => lease.domain === domain)
  const slot = held?.slot ?? freeSlot(leases)
  const obstacle = () => obstacleOf(order, trunksIn(facts.tables, domain), slot)
  const judged = judgeOrder(order, { ...facts, who: 'edge', heldBy: held?.drill, obstacle })
  if (judged.kind === 'Refuse') return judged
  if (judged.kind === 'End') return { kind: 'End', slot: judged.isOwn ? held?.slot : undefined }
  const { isNew, endsAt } = judged
  const { drill, fault, side, to, sharePercent, mostRealCalls } = order
  const ticks = Math.ceil((endsAt - now) / TICK_MS)
  const lease = { slot: slot!, domain, drill, fault, side, to, sharePercent, mostRealCalls, ticks }
  return { kind: 'Give', lease, isNew, endsAt }
}

function obstacleOf(
  { integration, fault, side }: DrillOrder,
  trunks: readonly { role: DrillSide }[],
  slot: number | undefined,
): string | undefined {
  if (fault !== 'None' && !trunks.some(({ role }) => role === side))
    return `Integration ${integration} has no ${side} trunk that this edge can use: see its status`
  if (trunks.length === 0) return `Integration ${integration} has no trunk that this edge can use`
  return slot === undefined ? `${MOST_LEASES} drills are under way on this edge: wait until one ends` : undefined
}

const freeSlot = (leases: readonly Lease[]) =>
  Array.from({ length: MOST_LEASES }, (_, slot) => slot).find((slot) => leases.every((lease) => lease.slot !== slot))
