import type { Packet } from '../../../hack/calls/pcap.ts'
import { isNeverRemote, readAddress } from '../../../src/lib/ip-address.ts'
import { EDGE, NEIGHBOUR, PROXY_PORTS, PUBLIC, REAL_MEDIA_PORT, REAL_POD, RELAY_PORTS } from './sites.ts'

export interface Known {
  /** ADDRESS:PORT of all sockets that the round has opened. */
  readonly parties: ReadonlySet<string>
  /** Whether a sender has named the address in plain digits: where a telephone outside may be. */
  named(address: string): boolean
}

/** Below are ports of systems (RFC 6335). */
const FIRST_PORT = 1024

/**
 * Judges a packet of the relay, of the proxy or of a pod behind the relay. Pure.
 * @returns what is wrong with its destination; undefined when it may go there
 */
export function faultOf({ from, to }: Pick<Packet, 'from' | 'to'>, known: Known): string | undefined {
  const [source, sourcePort] = partsOf(from)
  const [address, port] = partsOf(to)
  const isOfPod = source === REAL_POD
  if (!isOfPod && !isOfEdge(source, sourcePort)) return undefined
  const who = isOfPod ? 'the pod' : PROXY_PORTS.includes(sourcePort) ? 'the proxy' : 'the relay'
  if (isOfPod && address === EDGE && isOfRelay(port)) return undefined
  if (address === REAL_POD && port >= REAL_MEDIA_PORT) return undefined
  if (known.parties.has(to)) return isOfPod ? `${who} sends past the relay to ${to}` : undefined
  if (address === EDGE || address === PUBLIC) return `${who} sends to the edge itself: ${to}`
  if (isForbidden(address)) return `${who} sends to ${to}, where nobody's telephone can be`
  if (port < FIRST_PORT) return `${who} sends to a port of a system: ${to}`
  if (address === NEIGHBOUR.pod || address === NEIGHBOUR.caller) return `${who} sends to a neighbour: ${to}`
  if (isOfPod) return `${who} sends past the relay to ${to}`
  return known.named(address) ? undefined : `${who} sends to ${to}, which nobody has named`
}

function isForbidden(address: string): boolean {
  const octets = readAddress(address)
  return octets === undefined || isNeverRemote(octets)
}

const isOfRelay = (port: number) => RELAY_PORTS.some(({ first, last }) => port >= first && port <= last)
const isOfEdge = (address: string, port: number) =>
  [EDGE, PUBLIC].includes(address) && (isOfRelay(port) || PROXY_PORTS.includes(port))

function partsOf(at: string): [address: string, port: number] {
  const colon = at.lastIndexOf(':')
  return [at.slice(0, colon), Number(at.slice(colon + 1))]
}
