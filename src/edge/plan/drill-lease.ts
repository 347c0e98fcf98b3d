import {
  LONGEST_LEASE_MS,
  readNonce,
  type DrillFault,
  type DrillOrder,
  type DrillSide,
} from '../../rules/drill/order.ts'
import { trunksDomain } from '../../rules/trunks.ts'
import { trunksIn, type TrunkTables } from './trunk-tables.ts'

/** What the proxy lets a drill do. */
export interface Lease {
  /** Of `MOST_LEASES`, from 0. */
  slot: number
  /** Of the Integration. */
  domain: string
  drill: string
  fault: DrillFault
  side: DrillSide
  to: string
  /** For how many more rounds of `TICK_MS`. */
  ticks: number
}

/** A lease as it was found in the proxy. */
export interface FoundLease extends Lease {
  /** The proxy has begun its lane. Before, what is known of the lane is from the lease before. */
  isOpen: boolean
}

/** As many as kamailio.cfg counts down, DRILL_LEASES. */
export const MOST_LEASES = 8
/** How often the proxy counts down. */
export const TICK_MS = 250
/** An order that was written on the word of an older answer comes from somebody who was frozen, or too far away. */
const LONGEST_NONCE_AGE_MS = 1_000

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
  const stale = refusalOfSender(order, facts)
  if (stale !== undefined) return { kind: 'Refuse', because: stale, isHeard: false }
  const refuse = (because: string): LeaseDecision => ({ kind: 'Refuse', because, isHeard: true })
  const { tables, leases, now } = facts
  const [namespace = '', name = ''] = order.integration.split('/')
  const domain = trunksDomain({ namespace, name })
  const held = leases.find((lease) => lease.domain === domain)
  if (order.ttlMilliseconds === 0) return { kind: 'End', slot: held?.drill === order.drill ? held.slot : undefined }
  if (held !== undefined && held.drill !== order.drill)
    return refuse(`the drill ${held.drill} has the lane of Integration ${order.integration}: wait for its end`)
  const trunks = trunksIn(tables, domain)
  if (order.fault !== 'None' && !trunks.some(({ role }) => role === order.side))
    return refuse(`Integration ${order.integration} has no ${order.side} trunk that this edge can use: see its status`)
  if (trunks.length === 0) return refuse(`Integration ${order.integration} has no trunk that this edge can use`)
  const slot = held?.slot ?? freeSlot(leases)
  if (slot === undefined) return refuse(`${MOST_LEASES} drills are under way on this edge: wait until one ends`)
  const endsAt = readNonce(order.nonce, facts.run)! + Math.min(order.ttlMilliseconds, LONGEST_LEASE_MS)
  if (endsAt <= now)
    return refuse('the lease was over before it arrived: send orders sooner, or with a longer ttlMilliseconds')
  const { drill, fault, side, to } = order
  const lease = { slot, domain, drill, fault, side, to, ticks: Math.ceil((endsAt - now) / TICK_MS) }
  return { kind: 'Give', lease, isNew: held === undefined, endsAt }
}

/** Who was frozen must not undo what came after: what he wrote rests on an old reading, or on an old term. */
function refusalOfSender({ nonce, term }: DrillOrder, { run, now, term: known }: LeaseFacts): string | undefined {
  const read = readNonce(nonce, run)
  if (read === undefined || read > now || now - read > LONGEST_NONCE_AGE_MS)
    return 'the nonce is not from an answer of the last second: send the order again with the one of this answer'
  if (term < known) return `term ${term} is over, this edge knows ${known}: another operator leads`
  return undefined
}

const freeSlot = (leases: readonly Lease[]) =>
  Array.from({ length: MOST_LEASES }, (_, slot) => slot).find((slot) => leases.every((lease) => lease.slot !== slot))
