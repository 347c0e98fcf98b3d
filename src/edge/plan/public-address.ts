/** Where callers and trunks reach an edge: somebody says so, or the edge does not start. It asks no server outside (STUN): who answers there could lead calls away. */
import { isNeverRemote, readAddress } from '../../lib/ip-address.ts'

/** On a node: the address at which the edge on it is reached from outside. */
export const PUBLIC_ADDRESS_ANNOTATION = 'callbots.dev/public-address'

/** What the API server says of the edge's node. */
export interface NodeFacts {
  annotation: string | undefined
  /** Of its status, of type ExternalIP. */
  externalIps: readonly string[]
}

/** What was decided, or what a person has to do. */
export type PublicAddress = { address: string } | { because: string }

/**
 * The first that says something counts, and is refused when it is no IPv4 address: the chart's values, the annotation of the node, its ExternalIP.
 * @param given of the chart, by the name of a node
 * @param seen undefined: the node was not looked at, since the chart says enough
 */
export function choosePublicAddress(
  nodeName: string,
  given: ReadonlyMap<string, string>,
  seen: NodeFacts | undefined,
): PublicAddress {
  const value = given.get(nodeName)
  if (value !== undefined) return check(value, `edge.media.addresses of the chart, for node ${nodeName}`)
  if (seen?.annotation !== undefined)
    return check(seen.annotation, `annotation ${PUBLIC_ADDRESS_ANNOTATION} of node ${nodeName}`)
  const external = seen?.externalIps.find((each) => readAddress(each)?.length === 4)
  if (external !== undefined) return check(external, `ExternalIP of node ${nodeName}`)
  return {
    because:
      `node ${nodeName} has no public address: name it in edge.media.addresses of the chart, ` +
      `or annotate the node with ${PUBLIC_ADDRESS_ANNOTATION}`,
  }
}

function check(text: string, where: string): PublicAddress {
  const octets = readAddress(text)
  if (octets?.length === 4 && !isNeverRemote(octets)) return { address: octets.join('.') }
  return {
    because: `${where} is not an IPv4 address that callers can reach: set it to the one at which they reach this node's edge`,
  }
}
