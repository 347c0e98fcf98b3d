/**
 * Which addresses edges call for an Integration, and since when. Edges report it and the operator publishes it, so that an edge that is
 * new decides as the others do about an address that two namespaces want (docs/adr/0021).
 */

/** By address, in epoch milliseconds. */
export type HeldSince = Readonly<Record<string, number>>

/** By host of a trunk. */
export type HeldAddresses = Readonly<Record<string, HeldSince>>

/** What one edge says of one trunk. */
export interface ReportedAddress {
  trunk: string
  /** Absent: the edge calls no address for it. */
  address?: string
}

/**
 * What to publish. An address keeps its time while an edge reports it, and loses it when edges report the trunk and none of them that
 * address: who left an address has no claim to it any more. While no edge reports a trunk nothing is known, and nothing changes.
 * @param before what is published
 * @param reports of all edges; undefined: not all of them were asked yet
 * @param now epoch milliseconds
 */
export function heldAddresses(
  before: HeldAddresses,
  trunks: readonly { name: string; host: string }[],
  { reports, now }: { reports: readonly ReportedAddress[] | undefined; now: number },
): HeldAddresses {
  const held = [...Map.groupBy(trunks, ({ host }) => host)].map(([host, those]) => {
    const had = Object.hasOwn(before, host) ? before[host]! : {}
    const told = (reports ?? []).filter(({ trunk }) => those.some(({ name }) => name === trunk))
    if (told.length === 0) return [host, had] as const
    const addresses = [...new Set(told.flatMap(({ address }) => address ?? []))].sort()
    return [host, Object.fromEntries(addresses.map((address) => [address, had[address] ?? now]))] as const
  })
  return Object.fromEntries(held.filter(([, since]) => Object.keys(since).length > 0))
}
