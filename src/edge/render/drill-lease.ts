import { isFault, isSide } from '../../rules/drill/order.ts'
import { REAL_CALLS, type RealCalls } from '../../rules/drill/real-calls.ts'
import type { MarkedCalls } from '../../rules/edge-state.ts'
import type { FoundLease, Lease } from '../plan/drill-lease.ts'

/** Tables of the proxy that have no file: nothing of a drill outlives it. */
export const LEASE_TABLE = 'lease'
export const MARKED_TABLE = 'marked'
export const DRILLED_TABLE = 'drilled'

/** A new lease has none of these: its lane begins when the proxy writes it. */
export const openKey = (slot: number) => `${slot}::open`
export const ticksKey = (slot: number) => `${slot}::ticks`

/** The row of a slot, as kamailio.cfg reads it: route[FIND_LEASE]. */
export const leaseText = ({ domain, drill, to, ...what }: Lease) =>
  `domain=${domain};drill=${drill};fault=${what.fault};side=${what.side};to=${to};share=${what.sharePercent};most=${what.mostRealCalls}`

/** Those that are not over. @param rows of the table, by key */
export function readLeases(rows: ReadonlyMap<string, unknown>): FoundLease[] {
  return [...rows].flatMap(([key, value]) => {
    const slot = Number(key)
    const ticks = Number(rows.get(ticksKey(slot)) ?? 0)
    if (!Number.isSafeInteger(slot) || !(ticks > 0)) return []
    const { domain = '', drill = '', fault, side, to = '', share, most } = parametersOf(String(value))
    if (!isFault(fault) || !isSide(side)) return []
    const real = { sharePercent: Number(share ?? 0), mostRealCalls: Number(most ?? 0) }
    return [{ slot, domain, drill, fault, side, to, ...real, ticks, isOpen: rows.has(openKey(slot)) }]
  })
}

/** By domain. @param rows `DOMAIN::accepted` and so on */
export const readMarked = (rows: ReadonlyMap<string, unknown>): Map<string, MarkedCalls> =>
  readCounts(rows, ['accepted', 'answered', 'refused'])

/** By the UID of the drill. @param rows `UID::met` and so on */
export const readDrilled = (rows: ReadonlyMap<string, unknown>): Map<string, RealCalls> => readCounts(rows, REAL_CALLS)

function readCounts<What extends string>(
  rows: ReadonlyMap<string, unknown>,
  what: readonly What[],
): Map<string, Record<What, number>> {
  const owners = new Set([...rows.keys()].map((key) => key.split('::')[0]!))
  const countsOf = (owner: string) =>
    Object.fromEntries(what.map((each) => [each, Math.max(0, Number(rows.get(`${owner}::${each}`) ?? 0))]))
  return new Map([...owners].map((owner) => [owner, countsOf(owner) as Record<What, number>]))
}

const parametersOf = (text: string): Record<string, string | undefined> =>
  Object.fromEntries(text.split(';').map((pair) => pair.split('=', 2) as [string, string]))
