import {
  type Cidr,
  type Octets,
  isLoopback,
  isNeverRemote,
  isWithin,
  addressesIn,
  readAddress,
} from '../../lib/ip-address.ts'

/** From where media is sent, and where it may go. */
export interface Reach {
  readonly family: 4 | 6
  /** We listen on a loopback address, as tests do: so may the other side. */
  readonly isLoopback: boolean
  /** Nothing is sent there. */
  readonly denied: readonly Cidr[]
  /** Nothing is sent elsewhere; empty: anywhere that is not denied. */
  readonly allowed: readonly Cidr[]
  /** What else decides: the policy of the installation. */
  readonly admits: (address: Octets) => boolean
}

/** Ports below belong to services of the system (RFC 6335 6), and the network policy of a bot lets no media to them. */
export const FIRST_PORT = 1_024

/** @param address our own */
export function reachFrom(address: string, o: Partial<Pick<Reach, 'denied' | 'allowed' | 'admits'>> = {}): Reach {
  const octets = readAddress(address)
  return {
    family: octets?.length === 16 ? 6 : 4,
    isLoopback: octets !== undefined && isLoopback(octets),
    denied: o.denied ?? [],
    allowed: o.allowed ?? [],
    admits: o.admits ?? (() => true),
  }
}

/**
 * Whether media may be sent there. Who describes a call chooses the address, so without this rule a caller could aim our packets at the
 * pod itself, its node, a metadata service or a group (RFC 8866 7, RFC 3264 5.1).
 */
export function mayReach(reach: Reach, address: string, port: number): boolean {
  const octets = readAddress(address)
  return octets !== undefined && port >= FIRST_PORT && mayReachAddress(reach, octets)
}

/** Whether anything may be sent there. */
export function mayReachAddress({ isLoopback: isLocal, denied, allowed, admits }: Reach, octets: Octets): boolean {
  const isIn = (ranges: readonly Cidr[]) =>
    addressesIn(octets).some((one) => ranges.some((cidr) => isWithin(one, cidr)))
  if (isIn(denied) || (allowed.length > 0 && !isIn(allowed))) return false
  return (!isNeverRemote(octets) || (isLocal && isLoopback(octets))) && admits(octets)
}
