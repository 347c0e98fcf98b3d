import type { Kube } from '../../kube/client.ts'
import { ApiError } from '../../kube/errors.ts'
import { resources } from '../../kube/resources.ts'
import { PUBLIC_ADDRESS_ANNOTATION, type NodeFacts } from '../plan/public-address.ts'

/** Reads the node of this edge. @throws as Kube.get, but for a node that is not there */
export async function readOwnNode(kube: Pick<Kube, 'get'>, name: string): Promise<NodeFacts | undefined> {
  try {
    const { metadata, status } = (await kube.get(resources.nodes, undefined, name)) as {
      metadata: { annotations?: Record<string, string> }
      status?: { addresses?: { type: string; address: string }[] }
    }
    const external = (status?.addresses ?? []).filter(({ type }) => type === 'ExternalIP')
    return {
      annotation: metadata.annotations?.[PUBLIC_ADDRESS_ANNOTATION],
      externalIps: external.map(({ address }) => address),
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}
