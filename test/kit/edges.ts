/** The edges of the three-zone cluster, as a caller outside of it meets them. */
import { readyEdges, type Edge } from '../../hack/calls/edges.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import { EDGE_NAME } from './edge-rig.ts'
import { startTlsCaller, type PlainCaller } from './plain-caller.ts'
import { kube } from './three-zones.ts'

export { readyEdges, type Edge }

/** The authority that edges show certificates of, PEM. */
export const edgeAuthority = () =>
  kube('get', 'configmap', 'callbot-ca-bundle', '-n', operatorNamespace, '-o', 'jsonpath={.data.ca\\.crt}')

/**
 * A caller over TLS who checks the edge's certificate, and that it is an edge's. Without `ca` the API server is asked.
 * @param withinMs how long it tries to connect
 */
export const callerOf = async (edge: Edge, ca?: string, withinMs?: number): Promise<PlainCaller> =>
  startTlsCaller(edge.address, { ca: ca ?? (await edgeAuthority()), servername: EDGE_NAME }, withinMs)

/** Asks the proxy of an edge on its control socket. */
export const askProxy = (edge: Edge, ...command: string[]) =>
  kube(
    ...['exec', '-n', operatorNamespace, edge.pod, '-c', 'kamailio', '--'],
    ...['kamcmd', '-s', 'unixs:/run/callbot-edge/ctl.sock', ...command],
  )
