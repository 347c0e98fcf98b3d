import { innermostAddress, innermostRange, isWithin, readAddress, readCidr } from '../../lib/ip-address.ts'
import type { Grant } from '../../rules/address-grants.ts'

/** An Integration of a namespace wants to call an address. */
export interface Claim {
  namespace: string
  /** As `addressKey` writes it. */
  address: string
  /** By which the Integration names it. */
  host: string
  /** Since when it is published with that host, in epoch milliseconds: the same for all edges. */
  since: number
}

export interface ClaimFacts {
  grants: readonly Grant[]
  /** Of trunks and of grants, by host name, as they were looked up last. */
  addresses: ReadonlyMap<string, string>
  /** Which namespace, or which grant by name (`=NAME`), had an address last, by `addressKey`: it goes on having it. */
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
 * ports. An address that the administrator granted, by itself or by its range, is for exactly those namespaces. Any other is for whoever had
 * it; then for those to whom a name is granted that leads there, since its owner may have it lead anywhere; then, at an edge that is new, for who
 * is published with it for the longest time.
 */
export function decideClaims(claims: readonly Claim[], { grants, addresses, holders: before }: ClaimFacts): Claims {
  const holders = new Map<string, string>()
  const granted = new Map<string, Set<string>>()
  for (const [address, rivals] of Map.groupBy(claims, (claim) => claim.address)) {
    const had = before.get(address)
    const fitting = grants.filter((grant) => hasAddress(grant, address))
    if (fitting.length > 0) granted.set(address, new Set(fitting.flatMap(({ namespaces }) => namespaces)))
    else if (rivals.some(({ namespace }) => namespace === had)) holders.set(address, had!)
    else {
      const named = grants.filter((each) => isNameOf(each, address, rivals, addresses))
      const grant = grantByName(named, had)
      holders.set(address, grant === undefined ? earliest(rivals) : holderOf(grant))
      if (grant !== undefined) granted.set(address, new Set(grant.namespaces))
    }
  }
  return {
    holders,
    refusal({ namespace, address }) {
      const allowed = granted.get(address)
      if (allowed === undefined) return holders.get(address) === namespace ? undefined : taken(namespace)
      return allowed.has(namespace) || allowed.has('*') ? undefined : reserved(namespace)
    },
  }
}

const taken = (namespace: string) =>
  `another namespace uses this address already: ask the administrator of the cluster to grant it to namespace ${namespace} (edge.trunkGrants of the chart)`
const reserved = (namespace: string) =>
  `this address is granted only to other namespaces: ask the administrator of the cluster to add namespace ${namespace} (edge.trunkGrants of the chart)`

/** A grant by name, as a holder. No namespace begins so. */
const holderOf = ({ address }: Grant) => `=${plainName(address)}`

/** The one that had the address stays, if its name still leads there: another name that comes to lead there adds nobody. */
const grantByName = (fitting: readonly Grant[], had: string | undefined) =>
  fitting.find((grant) => holderOf(grant) === had) ?? fitting[0]

function earliest(rivals: readonly Claim[]): string {
  const isEarlier = (a: Claim, b: Claim) => (a.since === b.since ? a.namespace < b.namespace : a.since < b.since)
  return rivals.reduce((first, each) => (isEarlier(each, first) ? each : first)).namespace
}

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

/** The name of a grant stands for the address that it has, and for whoever names it. */
function isNameOf({ address }: Grant, key: string, rivals: readonly Claim[], addresses: ReadonlyMap<string, string>) {
  const name = plainName(address)
  const found = addresses.get(address)
  return (found !== undefined && addressKey(found) === key) || rivals.some(({ host }) => plainName(host) === name)
}

const plainName = (host: string) => host.toLowerCase().replace(/\.$/, '')
