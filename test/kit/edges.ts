/** The edges of the three-zone cluster, as a caller outside of it meets them. */
import { operatorNamespace } from '../../hack/chart.ts'
import { EDGE_NAME } from './edge-rig.ts'
import { startTlsCaller, type PlainCaller } from './plain-caller.ts'
import { kube, kubeJson } from './three-zones.ts'

export interface Edge {
  pod: string
  node: string
  address: string
}

interface EdgePod {
  metadata: { name: string; deletionTimestamp?: string }
  spec: { nodeName: string }
  status: { podIP: string; conditions?: { type: string; status: string }[] }
}

/** Those that are ready, in the order of their nodes: one in each zone. */
export async function readyEdges(): Promise<Edge[]> {
  const select = ['-n', operatorNamespace, '-l', 'app.kubernetes.io/component=edge']
  const { items } = await kubeJson<{ items: EdgePod[] }>('get', 'pods', ...select)
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ status }) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
    .map(({ metadata, spec, status }) => ({ pod: metadata.name, node: spec.nodeName, address: status.podIP }))
    .sort((a, b) => (a.node < b.node ? -1 : 1))
}

/** The authority that edges show certificates of, PEM. */
export const edgeAuthority = () =>
  kube('get', 'configmap', 'callbot-ca-bundle', '-n', operatorNamespace, '-o', 'jsonpath={.data.ca\\.crt}')

/** A caller over TLS who checks the edge's certificate, and that it is an edge's. Without `ca` the API server is asked. */
export const callerOf = async (edge: Edge, ca?: string): Promise<PlainCaller> =>
  startTlsCaller(edge.address, { ca: ca ?? (await edgeAuthority()), servername: EDGE_NAME })

/** Asks the proxy of an edge on its control socket. */
export const askProxy = (edge: Edge, ...command: string[]) =>
  kube(
    ...['exec', '-n', operatorNamespace, edge.pod, '-c', 'kamailio', '--'],
    ...['kamcmd', '-s', 'unixs:/run/callbot-edge/ctl.sock', ...command],
  )
