import { expect } from 'chai'
/** The edges of the three-zone cluster, as a caller outside of it meets them. */
import { readyEdges, type Edge } from '../../hack/calls/edges.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import { EDGE_NAME } from './edge-rig.ts'
import { eventually } from './eventually.ts'
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

/** All edges of the three zones, once they are ready. */
export const everyEdge = (): Promise<Edge[]> =>
  eventually(async () => {
    const edges = await readyEdges()
    expect(edges).to.have.lengthOf(3)
    return edges
  }, 120)

/** Whether a bot answered: a person who was called instead has another Contact (src/telephony/dialog/agent-context.ts). */
export const isFromBot = (answer: string) => /^Contact:\s*<sips?:callbot@/im.test(answer)

/**
 * One whole call, by a caller of its own or this one, until its BYE is answered: a connection that is closed before may lose the BYE, and then the
 * call lasts until its silence ends it.
 * @returns milliseconds until the answer
 * @throws AssertionError unless a bot answers
 */
export async function callABot(edge: Edge, number: string, by?: PlainCaller): Promise<number> {
  const caller = by ?? (await callerOf(edge))
  try {
    const attempt = caller.invite(number)
    const { status, atMs, text } = await attempt.final(10)
    expect(status, `through ${edge.node}`).to.equal(200)
    expect(isFromBot(text), 'a bot answers, and not the emergency number').to.equal(true)
    attempt.within('ACK')
    attempt.within('BYE')
    await eventually(() => expect(attempt.answers, 'answers to the BYE').to.have.lengthOf(1), 10)
    return atMs
  } finally {
    if (by === undefined) caller.close()
  }
}

/**
 * Asks the proxy of an edge on its control socket. What looks like a number has to be marked as text: `s:+33199000001`.
 * @throws with its words when it can't say
 */
export async function askProxy(edge: Edge, ...command: string[]): Promise<string> {
  const answer = await kube(
    ...['exec', '-n', operatorNamespace, edge.pod, '-c', 'kamailio', '--'],
    ...['kamcmd', '-s', 'unixs:/run/callbot-edge/ctl.sock', ...command],
  )
  // Its exit code is 0 all the same.
  if (answer.startsWith('error:')) throw new Error(`${edge.pod}: ${command.join(' ')}: ${answer.trim()}`)
  return answer
}
