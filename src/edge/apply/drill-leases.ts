import { randomBytes } from 'node:crypto'
import type { Clock } from '../../runtime/clock.ts'
import { named } from '../../runtime/log-fields.ts'
import type { Log } from '../../runtime/log.ts'
import type { OrderOutcome } from '../../rules/drill/lease.ts'
import { nonceOf, type DrillOrder } from '../../rules/drill/order.ts'
import { decideOrder, type LeaseDecision } from '../plan/drill-lease.ts'
import type { TrunkTables } from '../plan/trunk-tables.ts'
import type { Proxy } from './proxy-control.ts'

export interface Leases {
  /** For the next order. */
  nonce(): string
  /** Carries out orders in turn. */
  order(order: DrillOrder): Promise<OrderOutcome>
}

/**
 * Gives the proxy the leases that are ordered, and takes them away when they are over. The proxy counts them down by itself, too, so
 * none outlives this program. Keeps nothing: with a new agent a new count of terms begins, under a new name.
 * @param o.run of this agent alone: 16 hexadecimal digits; random by default
 */
export function createLeases(o: {
  proxy: Pick<Proxy, 'leases' | 'giveLease' | 'endLease'>
  clock: Clock
  log: Log
  run?: string
  tables: () => Pick<TrunkTables, 'groups' | 'trunks'>
}): Leases {
  const { proxy, clock, log, run = randomBytes(8).toString('hex') } = o
  let term = 0
  let last: Promise<unknown> = Promise.resolve()
  /** By slot: calls off its end. */
  const ends = new Map<number, () => void>()

  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const mine = last.then(task)
    last = mine.catch(() => {})
    return mine
  }

  async function end(slot: number): Promise<boolean> {
    ends.get(slot)?.()
    ends.delete(slot)
    return proxy.endLease(slot)
  }

  /** Not before the proxy has it: whoever is frozen in between finds it over, and takes it away. */
  function endAt(slot: number, moment: number): void {
    ends.get(slot)?.()
    let isOff = false
    const cancel = clock.after(moment - clock.monotonic(), () => void inTurn(async () => isOff || (await end(slot))))
    ends.set(slot, () => {
      isOff = true
      cancel()
    })
  }

  async function give({ lease, isNew, endsAt }: LeaseDecision & { kind: 'Give' }): Promise<OrderOutcome> {
    const { drill, domain, fault, side } = lease
    if (isNew)
      log.info({ drill: named(drill), domain: named(domain), fault, side }, 'a drill has the lane of an Integration')
    const isGiven = await proxy.giveLease(lease, isNew)
    endAt(lease.slot, endsAt)
    return { kind: isGiven ? 'Given' : 'Away' }
  }

  async function carryOut(order: DrillOrder): Promise<OrderOutcome> {
    const leases = await proxy.leases()
    if (leases === undefined) return { kind: 'Away' }
    const decision = decideOrder(order, { run, now: clock.monotonic(), term, leases, tables: o.tables() })
    if (decision.kind !== 'Refuse' || decision.isHeard) term = Math.max(term, order.term)
    switch (decision.kind) {
      case 'Refuse':
        return { kind: 'Refused', because: decision.because }
      case 'End':
        return { kind: decision.slot === undefined || (await end(decision.slot)) ? 'Ended' : 'Away' }
      case 'Give':
        return give(decision)
    }
  }

  return {
    nonce: () => nonceOf(run, clock.monotonic()),
    order: (order) => inTurn(() => carryOut(order)),
  }
}
