/** What the media relay counts, out of all that it says. Pure. */
import { isDictionary, type Bencoded } from '../../wire/bencode.ts'

export interface RelayStatistics {
  /** Calls whose media it relays. */
  readonly sessions: number
  /** UDP ports for callers and trunks. */
  readonly usedPorts: number
  readonly freePorts: number
  /** Since it started. */
  readonly packets: number
  readonly packetErrors: number
  /** Sessions that ended for want of media, since it started: nobody ended the call. */
  readonly timeouts: number
}

/** @param answer to `statistics`. Undefined: not what rtpengine answers */
export function relayStatistics(answer: Bencoded | undefined): RelayStatistics | undefined {
  const statistics = under(answer, 'statistics')
  const total = under(statistics, 'totalstatistics')
  const interfaces = under(statistics, 'interfaces')
  const outside = Array.isArray(interfaces) ? interfaces.find((each) => under(each, 'name') === 'outside') : undefined
  const ports = under(outside, 'ports')
  const numbers = {
    sessions: under(under(statistics, 'currentstatistics'), 'sessionstotal'),
    usedPorts: under(ports, 'used'),
    freePorts: under(ports, 'free'),
    packets: under(total, 'relayedpackets'),
    packetErrors: under(total, 'relayedpacketerrors'),
    timeouts: under(total, 'timeoutsessions'),
  }
  return areNumbers(numbers) ? numbers : undefined
}

const areNumbers = (
  each: Record<keyof RelayStatistics, Bencoded | undefined>,
): each is Record<keyof RelayStatistics, number> => Object.values(each).every((value) => typeof value === 'number')

const under = (value: Bencoded | undefined, name: string): Bencoded | undefined =>
  isDictionary(value) && Object.hasOwn(value, name) ? value[name] : undefined
