/** What becomes of an order of a drill, wherever it arrives: an edge and a pod believe the same orders, and end a lease at the same moment. */
import { LONGEST_LEASE_MS, readNonce, type LaneOrder } from './order.ts'

/** What became of an order. `Away`: the proxy of the edge does not answer. */
export type OrderOutcome = { kind: 'Given' | 'Ended' | 'Away' } | { kind: 'Refused'; because: string }

/** An order that was written on the word of an older answer comes from somebody who was frozen, or too far away. */
const LONGEST_NONCE_AGE_MS = 1_000

export interface OrderFacts {
  readonly who: 'edge' | 'pod'
  /** Of this agent or pod, random. */
  readonly run: string
  /** Milliseconds of its monotonic clock. */
  readonly now: number
  /** The highest that was believed. */
  readonly term: number
  /** The drill that has the lane of that Integration; undefined: none. */
  readonly heldBy: string | undefined
  /** Why the lane can't be had, once the order itself is believed. */
  readonly obstacle: () => string | undefined
}

/** `isHeard`: the order is this leader's and fresh, so its term counts, whether it can be carried out or not. */
export type OrderJudgement =
  | { kind: 'Give'; isNew: boolean; endsAt: number }
  | { kind: 'End'; isOwn: boolean }
  | { kind: 'Refuse'; because: string; isHeard: boolean }

export function judgeOrder(order: LaneOrder, facts: OrderFacts): OrderJudgement {
  const { now, run, heldBy } = facts
  const stale = refusalOfSender(order, facts)
  if (stale !== undefined) return { kind: 'Refuse', because: stale, isHeard: false }
  const refuse = (because: string): OrderJudgement => ({ kind: 'Refuse', because, isHeard: true })
  if (order.ttlMilliseconds === 0) return { kind: 'End', isOwn: heldBy === order.drill }
  if (heldBy !== undefined && heldBy !== order.drill)
    return refuse(`the drill ${heldBy} has the lane of Integration ${order.integration}: wait for its end`)
  const obstacle = facts.obstacle()
  if (obstacle !== undefined) return refuse(obstacle)
  const endsAt = readNonce(order.nonce, run)! + Math.min(order.ttlMilliseconds, LONGEST_LEASE_MS)
  if (endsAt <= now)
    return refuse('the lease was over before it arrived: send orders sooner, or with a longer ttlMilliseconds')
  return { kind: 'Give', isNew: heldBy === undefined, endsAt }
}

/** Who was frozen must not undo what came after: what he wrote rests on an old reading, or on an old term. */
function refusalOfSender(
  { nonce, term }: LaneOrder,
  { run, now, term: known, who }: Omit<OrderFacts, 'heldBy' | 'obstacle'>,
): string | undefined {
  const read = readNonce(nonce, run)
  if (read === undefined || read > now || now - read > LONGEST_NONCE_AGE_MS)
    return 'the nonce is not from an answer of the last second: send the order again with the one of this answer'
  if (term < known) return `term ${term} is over, this ${who} knows ${known}: another operator leads`
  return undefined
}

const STATUSES: Record<OrderOutcome['kind'], number> = { Given: 200, Ended: 200, Refused: 409, Away: 503 }

/** The answer to PUT /drill; it always has the nonce for the next order. @param outcome undefined: the body was no order */
export function orderPage(nonce: string, outcome: OrderOutcome | undefined) {
  const body = { nonce, ...(outcome ?? { because: 'the body is no order of a drill' }) }
  return { status: outcome ? STATUSES[outcome.kind] : 400, text: JSON.stringify(body), type: 'application/json' }
}
