/** How a caller reaches the edge of the local cluster: its pods' addresses are routed from this machine, its name is in its certificate. */
import { kubectl, operatorNamespace } from '../chart.ts'
import { kubeconfigPath } from '../cluster/faults.ts'

export const EDGE_NAME = `callbot-edge.${operatorNamespace}.svc`
export const SIPS_PORT = 5061

export interface Edge {
  pod: string
  node: string
  address: string
}

const kube = (...args: string[]) => kubectl(['--kubeconfig', kubeconfigPath(), ...args])

/** Edges that are ready and stay, in the order of their nodes: one in each zone. @throws when there is none, with the cure */
export async function readyEdges(): Promise<Edge[]> {
  const labels = 'app.kubernetes.io/component=edge'
  const { items } = JSON.parse(
    await kube('get', 'pods', '-n', operatorNamespace, '-l', labels, '-o', 'json'),
  ) as PodList
  // One that drains after an upgrade is Ready to the end, and goes by the rules of before.
  const ready = items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ status }) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
  if (ready.length === 0) throw new Error(`no edge is ready: see kubectl get pods -n ${operatorNamespace} -l ${labels}`)
  return ready
    .map(({ metadata, spec, status }) => ({ pod: metadata.name, node: spec.nodeName!, address: status.podIP! }))
    .sort((a, b) => (a.node < b.node ? -1 : 1))
}

interface PodList {
  items: {
    metadata: { name: string; deletionTimestamp?: string }
    spec: { nodeName?: string }
    status: { podIP?: string; conditions?: { type: string; status: string }[] }
  }[]
}

/** Name -> addresses, for a caller's own name server. */
export const edgeNames = (edges: readonly Edge[]) => ({ [EDGE_NAME]: edges.map(({ address }) => address) })
export const edgeUri = (number: string) => `sip:${number}@${EDGE_NAME}:${SIPS_PORT}`
