import { isLoopback, type Octets, readAddress } from '../../lib/ip-address.ts'
import { isRefused, judge } from '../../rules/egress.ts'
import { named } from '../../runtime/log-fields.ts'
import type { Log } from '../../runtime/log.ts'
import type { VoiceConfig } from '../config.ts'

/** A tenant may have names lead to as many addresses as it wants. */
const MOST_LOGGED = 100

/** Counts connections to addresses that `egress.enforce` would refuse, and logs each address once. */
export function createEgressNotes(o: { log: Log; onNoted: () => void }): (address: string) => void {
  const logged = new Set<string>()
  return (address) => {
    o.onNoted()
    if (logged.has(address) || logged.size >= MOST_LOGGED) return
    logged.add(address)
    o.log.warn(
      { address: named(address) },
      'an address is not public and not opened: with egress.enforce it is refused',
    )
  }
}

/** Whether media may be sent to an address: relays are ours, and ranges that an administrator lists for media need no other opening. */
export function mediaPolicy(
  o: Pick<VoiceConfig, 'podIp' | 'namespace' | 'egress' | 'isRelayed' | 'mediaCidrs'>,
): (address: Octets) => boolean {
  if (o.isRelayed || o.mediaCidrs.length > 0) return () => true
  const asker = { namespace: o.namespace, isOnLoopback: isLoopback(readAddress(o.podIp) ?? []) }
  return (address) => !isRefused(judge(address, asker, o.egress), o.egress)
}
