import { isLoopback, readAddress, type Cidr, type Octets } from '../../lib/ip-address.ts'
import type { EgressPolicy } from '../../rules/egress.ts'
import type { GuardRules } from '../plan/relay-order.ts'
import { CONTROL_PORT, GUARD_PORT } from './relay.ts'

/** What the cluster says of where media may go. */
export interface SeenByGuard {
  egress: EgressPolicy
  /** Addresses of bot pods. */
  pods: readonly string[]
  /** Addresses from which an administrator calls to test. */
  testCallers: readonly string[]
}

interface Settings {
  podIp: string
  relay: { deniedCidrs: readonly Cidr[]; mediaCidrs: readonly Cidr[] }
}

type Fixed = Pick<GuardRules, 'key' | 'own'>

/** The rules by which the guard judges descriptions: the text of a file that it reads. It is secret, since the key of the proxy is in it. */
export const renderGuardRules = (fixed: Fixed, settings: Settings, seen: SeenByGuard): string =>
  JSON.stringify(guardRules(fixed, settings, seen))

/** The same as a value. */
export function guardRules({ key, own }: Fixed, { relay, podIp }: Settings, seen: SeenByGuard): GuardRules {
  const testers = octetsOf(seen.testCallers).map((octets) => ({ octets, bits: octets.length * 8 }))
  return {
    ...{ key, own },
    pods: octetsOf(seen.pods),
    denied: relay.deniedCidrs,
    // A range of all addresses says that callers are anywhere, not that the cluster's own are among them.
    callers: [...relay.mediaCidrs.filter(({ bits }) => bits > 0), ...testers],
    egress: seen.egress,
    isOnLoopback: isLoopback(readAddress(podIp) ?? []),
    controlPorts: [CONTROL_PORT, GUARD_PORT],
  }
}

/** As octets; what is no address is none of ours. */
export const octetsOf = (addresses: readonly string[]): Octets[] =>
  [...new Set(addresses)].flatMap((each) => {
    const octets = readAddress(each)
    return octets === undefined ? [] : [octets]
  })
