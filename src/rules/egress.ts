/**
 * Where the programs of an installation may connect to on behalf of a tenant: trunks, web services, receivers of records, and media.
 * One judgement for all of them, so that an address that is refused in one place is not reached by way of another.
 */
import {
  addressesIn,
  type Cidr,
  innermostAddress,
  innermostRange,
  isLoopback,
  isNeverRemote,
  isWithin,
  LOOPBACK,
  type Octets,
  readAddress,
  readCidr,
} from '../lib/ip-address.ts'
import * as read from './published-config.ts'

/**
 * - Open: a public address, or one that the administrator opened for the namespace.
 * - Never: it leads to this host, its link, a group, a metadata service, or nowhere. No value opens it.
 * - OfTheCluster: in a range of nodes, pods or Services.
 * - NotPublic: not reached over the Internet (RFC 6890), as the networks of a company are.
 */
export type Judgement = 'Open' | 'Never' | 'OfTheCluster' | 'NotPublic'

/** What the administrator opened for some namespaces. */
export interface Opening {
  ranges: readonly Cidr[]
  /** `*` is every namespace. */
  namespaces: readonly string[]
}

/** As the administrator of the cluster says it in the chart's values. */
export interface EgressPolicy {
  /** False: what is OfTheCluster or NotPublic is reported, and connected to all the same. */
  enforce: boolean
  open: readonly Opening[]
  /** Of nodes, pods and Services. */
  cluster: readonly Cidr[]
}

/** The same as the chart writes it, and as the operator hands it on. */
export interface EgressValues {
  enforce: boolean
  open: readonly OpenedRanges[]
  /** CIDRs. */
  clusterCidrs: readonly string[]
}

export interface OpenedRanges {
  cidrs: readonly string[]
  /** `*` is every namespace. */
  namespaces: readonly string[]
  /** Peers of a NetworkPolicy, for network plugins whose ranges contain no pods. */
  peers?: readonly object[]
}

/** Nothing is known of the cluster, and nothing opened. */
export const DEFAULT_VALUES: EgressValues = { enforce: false, open: [], clusterCidrs: [] }
export const DEFAULT_EGRESS: EgressPolicy = { enforce: false, open: [], cluster: [] }

/** On whose behalf, and from where. */
export interface Asker {
  namespace: string
  /** The program's own address is on loopback, as in tests and on a developer's machine, and never in a pod: then others there may be reached. */
  isOnLoopback: boolean
}

/**
 * IANA's special-purpose registries (RFC 6890, as of 2025): what is not globally reachable, but for what is Never. The deprecated relays of
 * 6to4 (RFC 7526) are as little.
 */
export const NOT_PUBLIC: readonly string[] = [
  ...['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['2001::/23', '2001:db8::/32', '3fff::/20'],
]

/** Within these, and reached globally all the same. */
const PUBLIC_WITHIN = [
  ...['192.0.0.9/32', '192.0.0.10/32', '2001:1::1/128', '2001:1::2/128', '2001:1::3/128', '2001:3::/32'],
  ...['2001:4:112::/48', '2001:20::/28', '2001:30::/28'],
].map((text) => readCidr(text)!)

/** All that is allotted of IPv6 for global unicast (RFC 4291 2.4): what is outside is public nowhere. */
export const GLOBAL_UNICAST = '2000::/3'

const notPublic = NOT_PUBLIC.map((text) => readCidr(text)!)
const globalUnicast = readCidr(GLOBAL_UNICAST)!

const isIn = (address: Octets, ranges: readonly Cidr[]) => ranges.some((range) => isWithin(address, range))

/**
 * Judges one address. An IPv6 address that leads to an IPv4 address (mapped, NAT64, 6to4) is judged as that one.
 * @param address as octets; undefined, or no address at all, is Never
 */
export function judge(
  address: Octets | undefined,
  { namespace, isOnLoopback }: Asker,
  policy: EgressPolicy,
): Judgement {
  if (address === undefined) return 'Never'
  const isOurs = isOnLoopback && isLoopback(address)
  if (isNeverRemote(address) && !isOurs) return 'Never'
  const inner = innermostAddress(address)
  const isOpened = ({ ranges, namespaces }: Opening) =>
    (namespaces.includes(namespace) || namespaces.includes('*')) && isIn(inner, ranges.map(innermostRange))
  if (policy.open.some(isOpened)) return 'Open'
  if (addressesIn(address).some((one) => isIn(one, policy.cluster)) || isIn(inner, policy.cluster.map(innermostRange)))
    return 'OfTheCluster'
  return isOurs || isPublic(inner) ? 'Open' : 'NotPublic'
}

const isPublic = (address: Octets) =>
  isIn(address, PUBLIC_WITHIN) ||
  ((address.length === 4 || isWithin(address, globalUnicast)) && !isIn(address, notPublic))

/** Whether nothing is sent there. */
export const isRefused = (judgement: Judgement, { enforce }: Pick<EgressPolicy, 'enforce'>): boolean =>
  judgement === 'Never' || (judgement !== 'Open' && enforce)

const KINDS: readonly (readonly [what: string, ranges: readonly Cidr[]])[] = [
  ['a loopback address', LOOPBACK],
  ['a link-local address, as metadata services of clouds have', ['169.254.0.0/16', 'fe80::/10'].map(range)],
  ['a multicast address', ['224.0.0.0/4', 'ff00::/8'].map(range)],
  ['no address of a host', ['0.0.0.0/8', '::/128'].map(range)],
  ['a reserved address', ['240.0.0.0/4'].map(range)],
]

function range(text: string): Cidr {
  return readCidr(text)!
}

/** Why an address is not open, and what to do. @param address as the person wrote it, or as its name resolves */
export function because(judgement: Exclude<Judgement, 'Open'>, address: string, namespace: string): string {
  const open = `ask the administrator of the cluster to open it for namespace ${namespace} (egress.open of the chart)`
  switch (judgement) {
    case 'Never':
      return `${address} is ${kindOf(address)}, which nothing opens: name the address of another host`
    case 'OfTheCluster':
      return `${address} is in a range of this cluster's nodes, pods or Services: name another host, or ${open}`
    case 'NotPublic':
      return `${address} is not a public address: name another host, or ${open}`
  }
}

function kindOf(text: string): string {
  const octets = readAddress(text)
  const inner = octets && innermostAddress(octets)
  const [what] = KINDS.find(([, ranges]) => inner && (isIn(inner, ranges) || isIn(octets, ranges))) ?? []
  return what ?? (octets === undefined ? 'no address of a host' : 'the address of a metadata service')
}

/** @returns undefined when the text is no policy: `{enforce, open: [{cidrs, namespaces}], clusterCidrs}` */
export const parseEgressValues = (text: string): EgressValues | undefined =>
  read.readPublished(text, ({ enforce, open, clusterCidrs }) => ({
    enforce: read.must((value) => typeof value === 'boolean', enforce),
    open: read.listOf(open, readOpened),
    clusterCidrs: read.listOf(clusterCidrs, readRange),
  }))

/** @returns undefined when the text is no policy */
export function parseEgress(text: string): EgressPolicy | undefined {
  const values = parseEgressValues(text)
  return values && policyOf(values)
}

/** As programs ask it. */
export const policyOf = ({ enforce, open, clusterCidrs }: EgressValues): EgressPolicy => ({
  enforce,
  open: open.map(({ cidrs, namespaces }) => ({ ranges: cidrs.map(range), namespaces })),
  cluster: clusterCidrs.map(range),
})

/** What a program of one namespace has to know: nothing of what is open for others, so that their changes are none of its. */
export const valuesFor = ({ enforce, open, clusterCidrs }: EgressValues, namespace: string): EgressValues => ({
  enforce,
  open: open.flatMap(({ namespaces, ...rest }) =>
    namespaces.includes(namespace) || namespaces.includes('*') ? [{ ...rest, namespaces: [namespace] }] : [],
  ),
  clusterCidrs,
})

function readOpened(value: unknown): OpenedRanges {
  const { cidrs, namespaces, peers } = read.membersOf(value)
  return {
    cidrs: read.listOf(cidrs, readRange),
    namespaces: read.listOf(namespaces, readNamespace),
    ...read.may('peers', peers, (list) => read.listOf(list, read.membersOf)),
  }
}

const readRange = (value: unknown) => read.must(read.isCidr, value)
const readNamespace = (value: unknown) => read.must((name): name is string => name === '*' || read.isName(name), value)
