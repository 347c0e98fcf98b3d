import { innermostAddress, innermostRange, isWithin, readAddress, readCidr } from '../../lib/ip-address.ts'
import type { Grant } from '../../rules/address-grants.ts'

/** An Integration of a namespace wants to call an address. */
export interface Claim {
  namespace: string
  /** As `addressKey` writes it. */
  address: string
  /** By which the Integration names it. */
  host: string
  /** As it is called: what the host is, or leads to. */
  called: string
  /** Since when it is published with that host, in epoch milliseconds: the same for all edges. */
  since: number
  /** Since when edges call this address for it, likewise. Absent: no edge has reported that. */
  heldSince?: number
}

export interface ClaimFacts {
  grants: readonly Grant[]
  /** Of trunks and of grants, by host name, as they were looked up last. */
  addresses: ReadonlyMap<string, string>
  /** Which namespace had an address last at this edge, by `addressKey`. */
  holders: ReadonlyMap<string, string>
}

export interface Claims {
  /** By `addressKey`. Addresses that are granted by address or range have no holder. */
  holders: Map<string, string>
  /** Why a namespace must not call an address, with the cure; undefined: it may. Never names another tenant. */
  refusal(claim: Pick<Claim, 'namespace' | 'address'>): string | undefined
}

/** One spelling for each address: another one is no way around a rule. IPv6 addresses that lead to an IPv4 address are that one. */
export function addressKey(text: string): string | undefined {
  const octets = readAddress(text)
  return octets && innermostAddress(octets).join('.')
}

/**
 * Says who may call which address. It is compared without its port: a carrier's SBC trusts who comes from our address, at each of its
 * ports. An address that the administrator granted, by itself or by its range, is for exactly those namespaces. Any other is for the one that edges
 * have called it for the longest; where no edge has reported that, for who had it at this edge; then for who is published with it for the
 * longest time. A grant by name takes no address from anybody, since the name's owner may have it lead anywhere: it shares what one of its
 * namespaces has.
 */
export function decideClaims(claims: readonly Claim[], { grants, addresses, holders: before }: ClaimFacts): Claims {
  const holders = new Map<string, string>()
  const allowed = new Map<string, ReadonlySet<string>>()
  for (const [address, rivals] of Map.groupBy(claims, (claim) => claim.address)) {
    const fitting = grants.filter((grant) => hasAddress(grant, address))
    if (fitting.length > 0) {
      allowed.set(address, new Set(fitting.flatMap(({ namespaces }) => namespaces)))
      continue
    }
    const holder = holderAmong(rivals, before.get(address))
    const hosts = rivals.filter(({ namespace }) => namespace === holder).map(({ host }) => plainName(host))
    const shared = grantsByName(grants, { holder, hosts, leadsHere: (name) => leadsTo(addresses.get(name), address) })
    holders.set(address, holder)
    allowed.set(address, new Set([holder, ...shared.flatMap(({ namespaces }) => namespaces)]))
  }
  return {
    holders,
    refusal({ namespace, address }) {
      const some = allowed.get(address)
      if (some?.has(namespace) || some?.has('*')) return undefined
      return some === undefined || holders.has(address) ? taken(namespace) : reserved(namespace)
    },
  }
}

const taken = (namespace: string) =>
  `another namespace uses this address already: ask the administrator of the cluster to grant it to namespace ${namespace} (edge.trunkGrants of the chart)`
const reserved = (namespace: string) =>
  `this address is granted only to other namespaces: ask the administrator of the cluster to add namespace ${namespace} (edge.trunkGrants of the chart)`

/** @param had who had the address last at this edge */
function holderAmong(rivals: readonly Claim[], had: string | undefined): string {
  const reported = rivals.filter(({ heldSince }) => heldSince !== undefined)
  if (reported.length === 0 && rivals.some(({ namespace }) => namespace === had)) return had!
  return (reported.length > 0 ? reported : rivals).reduce((first, each) => (isEarlier(each, first) ? each : first))
    .namespace
}

function isEarlier(a: Claim, b: Claim): boolean {
  const order = (a.heldSince ?? 0) - (b.heldSince ?? 0) || a.since - b.since
  return order === 0 ? a.namespace < b.namespace : order < 0
}

/**
 * The grants by name that share what a namespace has: those of a name by which it calls the address; without any, those of a name that leads there.
 * A name for every namespace (`*`) shares nothing: no namespace is among those that agreed to it.
 */
function grantsByName(
  grants: readonly Grant[],
  { holder, hosts, leadsHere }: { holder: string; hosts: readonly string[]; leadsHere: (name: string) => boolean },
): readonly Grant[] {
  const own = grants.filter(({ namespaces }) => namespaces.includes(holder) && !namespaces.includes('*'))
  const used = own.filter(({ address }) => hosts.includes(plainName(address)))
  return used.length > 0 ? used : own.filter(({ address }) => leadsHere(address))
}

const leadsTo = (found: string | undefined, address: string) => found !== undefined && addressKey(found) === address

/** Whether an address is granted to a namespace by itself or by its range: then it is open for its trunks. A name opens none: it leads anywhere. */
export const isGranted = (grants: readonly Grant[], address: string, namespace: string): boolean =>
  grants.some(
    (grant) => hasAddress(grant, address) && (grant.namespaces.includes(namespace) || grant.namespaces.includes('*')),
  )

/** By address or range. */
function hasAddress({ address }: Grant, key: string): boolean {
  const range = readCidr(address)
  return range !== undefined && isWithin(key.split('.').map(Number), innermostRange(range))
}

const plainName = (host: string) => host.toLowerCase().replace(/\.$/, '')
