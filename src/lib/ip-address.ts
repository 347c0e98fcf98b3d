/** IP addresses as octets: 4, or 16. */
export type Octets = readonly number[]

/** A range of addresses (RFC 4632). */
export interface Cidr {
  readonly octets: Octets
  readonly bits: number
}

/** Reads an IPv4 address in dotted decimal, or an IPv6 address without brackets and zone. Undefined: it is neither. */
export function readAddress(text: string): Octets | undefined {
  return text.includes(':') ? readIpv6(text) : readIpv4(text)
}

/** Leading zeros mean octal to some: not guessed at. */
function readIpv4(text: string): Octets | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined
  const octets = text.split('.').map(Number)
  return octets.every((octet) => octet <= 255) ? octets : undefined
}

/** RFC 4291 2.2. */
function readIpv6(text: string): Octets | undefined {
  if (text.length > 45) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = [groupsOf(halves[0]!, halves.length === 1), groupsOf(halves[1] ?? '', true)]
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  return [...head, ...Array<number>(missing).fill(0), ...tail]
}

/** @param isLast an IPv4 address may stand at the end */
function groupsOf(half: string, isLast: boolean): number[] | undefined {
  if (half === '') return []
  const groups = half.split(':')
  const octets: number[] = []
  for (const [at, group] of groups.entries()) {
    const ipv4 = isLast && at === groups.length - 1 ? readIpv4(group) : undefined
    if (ipv4 === undefined && !/^[0-9a-f]{1,4}$/i.test(group)) return undefined
    const value = Number.parseInt(group, 16)
    octets.push(...(ipv4 ?? [value >> 8, value & 0xff]))
  }
  return octets
}

/** Reads ADDRESS/BITS, or a single address. Bits of the address beyond the length do not matter. Undefined: it is no range. */
export function readCidr(text: string): Cidr | undefined {
  const [, address = '', length] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const octets = readAddress(address)
  if (octets === undefined) return undefined
  const bits = length === undefined ? octets.length * 8 : Number(length)
  return bits <= octets.length * 8 ? { octets, bits } : undefined
}

export function isWithin(address: Octets, { octets, bits }: Cidr): boolean {
  if (address.length !== octets.length) return false
  for (let at = 0; at * 8 < bits; at++) {
    const mask = (0xff00 >> Math.min(8, bits - at * 8)) & 0xff
    if ((octets[at]! & mask) !== (address[at]! & mask)) return false
  }
  return true
}

/** Whether each address of `inner` is in `outer`. */
export const covers = (outer: Cidr, inner: Cidr) => outer.bits <= inner.bits && isWithin(inner.octets, outer)

const range = (text: string): Cidr => readCidr(text)!

/**
 * The same IPv4 address in another form: IPv4-mapped and IPv4-compatible (RFC 4291 2.5.5), IPv4-translated (RFC 2765), NAT64 (RFC 6052),
 * 6to4 (RFC 3056).
 */
const TRANSLATED: readonly { readonly range: Cidr; readonly at: number }[] = [
  { range: range('::ffff:0:0/96'), at: 12 },
  { range: range('::ffff:0:0:0/96'), at: 12 },
  { range: range('64:ff9b::/96'), at: 12 },
  { range: range('2002::/16'), at: 2 },
  { range: range('::/96'), at: 12 },
]

/** The address, and the IPv4 address that it leads to if it is an IPv6 address of a translator. */
export function addressesIn(address: Octets): Octets[] {
  const found = TRANSLATED.find((one) => isWithin(address, one.range))
  return found === undefined ? [address] : [address, address.slice(found.at, found.at + 4)]
}

/** The IPv4 address that an IPv6 address of a translator leads to; any other address is its own. */
export const innermostAddress = (address: Octets): Octets => addressesIn(address).at(-1)!

/** The same of a range. */
export function innermostRange(cidr: Cidr): Cidr {
  const found = TRANSLATED.find((one) => covers(one.range, cidr))
  if (found === undefined) return cidr
  const octets = cidr.octets.slice(found.at, found.at + 4)
  return { octets, bits: Math.min(32, cidr.bits - found.at * 8) }
}

export const LOOPBACK: readonly Cidr[] = [range('127.0.0.0/8'), range('::1')]

/**
 * Addresses that no host of another is reached by (RFC 6890), and those at which clouds hand out credentials of the node outside of
 * the link-local range: Alibaba Cloud, Azure, Oracle Cloud, AWS and Google Cloud over IPv6.
 */
export const NEVER_REMOTE: readonly string[] = [
  ...['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4', '100.100.100.200/32', '168.63.129.16/32'],
  ...['192.0.0.192/32', '::/128', 'fe80::/10', 'ff00::/8', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
]

const neverRemote = [...LOOPBACK, ...NEVER_REMOTE.map(range)]

/** Whether an address leads to this host, to its link, or to a group, and not to another host. */
export function isNeverRemote(address: Octets): boolean {
  return addressesIn(address).some((one) => neverRemote.some((cidr) => isWithin(one, cidr)))
}

export const isLoopback = (address: Octets) =>
  addressesIn(address).some((one) => LOOPBACK.some((cidr) => isWithin(one, cidr)))

/** Where kubelets, etcd, the API server and its controllers listen: no web service of a client does. */
export const CONTROL_PLANE_PORTS: readonly number[] = [2379, 2380, 6443, 10249, 10250, 10255, 10256, 10257, 10259]

/** A host as it stands in a URI or before a port: an IPv6 address in brackets. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
