import { isFault, isSide } from '../../rules/drill/order.ts'
import type { MarkedCalls } from '../../rules/edge-state.ts'
import type { FoundLease, Lease } from '../plan/drill-lease.ts'

/** Tables of the proxy that have no file: nothing of a drill outlives it. */
export const LEASE_TABLE = 'lease'
export const MARKED_TABLE = 'marked'

/** A new lease has none of these: its lane begins when the proxy writes it. */
export const openKey = (slot: number) => `${slot}::open`
export const ticksKey = (slot: number) => `${slot}::ticks`

/** The row of a slot, as kamailio.cfg reads it: route[FIND_LEASE]. */
export const leaseText = ({ domain, drill, to, ...what }: Lease) =>
  `domain=${domain};drill=${drill};fault=${what.fault};side=${what.side};to=${to}`

/** Those that are not over. @param rows of the table, by key */
export function readLeases(rows: ReadonlyMap<string, unknown>): FoundLease[] {
  return [...rows].flatMap(([key, value]) => {
    const slot = Number(key)
    const ticks = Number(rows.get(ticksKey(slot)) ?? 0)
    if (!Number.isSafeInteger(slot) || !(ticks > 0)) return []
    const { domain = '', drill = '', fault, side, to = '' } = parametersOf(String(value))
    return isFault(fault) && isSide(side)
      ? [{ slot, domain, drill, fault, side, to, ticks, isOpen: rows.has(openKey(slot)) }]
      : []
  })
}

/** By domain. @param rows `DOMAIN::accepted` and so on */
export function readMarked(rows: ReadonlyMap<string, unknown>): Map<string, MarkedCalls> {
  const domains = new Set([...rows.keys()].map((key) => key.split('::')[0]!))
  const count = (domain: string, what: keyof MarkedCalls) => Math.max(0, Number(rows.get(`${domain}::${what}`) ?? 0))
  return new Map(
    [...domains].map((domain) => [
      domain,
      {
        accepted: count(domain, 'accepted'),
        answered: count(domain, 'answered'),
        refused: count(domain, 'refused'),
      },
    ]),
  )
}

const parametersOf = (text: string): Record<string, string | undefined> =>
  Object.fromEntries(text.split(';').map((pair) => pair.split('=', 2) as [string, string]))
