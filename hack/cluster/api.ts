/** As much of an API client as this program needs: JSON in, JSON out, by a kubeconfig with embedded certificates. */
import { readFileSync } from 'node:fs'
import { request, Agent } from 'node:https'
import { parse } from 'yaml'

export type Answer = { status: number; body: unknown }

type Config = {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[]
}

const agents = new Map<string, { server: string; agent: Agent }>()

/** The server's URL and the PEM texts in a kubeconfig of ours. */
export function accessIn(kubeconfigFile: string): { server: string; ca: string; cert: string; key: string } {
  const config = parse(readFileSync(kubeconfigFile, 'utf8')) as Config
  const { cluster } = config.clusters[0]!
  const { user } = config.users[0]!
  const pem = (base64: string) => Buffer.from(base64, 'base64').toString('utf8')
  return {
    server: cluster.server,
    ca: pem(cluster['certificate-authority-data']),
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
  }
}

function connection(kubeconfigFile: string): { server: string; agent: Agent } {
  const known = agents.get(kubeconfigFile)
  if (known) return known
  const { server, ...tls } = accessIn(kubeconfigFile)
  const made = { server, agent: new Agent(tls) }
  agents.set(kubeconfigFile, made)
  return made
}

/** Forgets the connection: the file has new certificates. */
export const forgetConnection = (kubeconfigFile: string) => agents.delete(kubeconfigFile)

/**
 * One call to the API server. `body` goes as server-side apply when the method is PATCH.
 * @throws when there is no answer within `seconds`
 */
export function call(
  kubeconfigFile: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  seconds = 5,
): Promise<Answer> {
  const { server, agent } = connection(kubeconfigFile)
  const type = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json'
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': type }
    const signal = AbortSignal.timeout(seconds * 1000)
    const outgoing = request(new URL(path, server), { method, agent, headers, signal }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: parsed(String(Buffer.concat(chunks))) }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** True when the API server says that all of it is ready. */
export async function isReady(kubeconfigFile: string, seconds = 2): Promise<boolean> {
  const answer = await call(kubeconfigFile, 'GET', '/readyz', undefined, seconds).catch(() => undefined)
  return answer?.status === 200
}

type Condition = { type: string; status: string }
export type NodeSeen = {
  metadata: { name: string; labels: Record<string, string> }
  spec: { podCIDR?: string }
  status: { conditions?: Condition[] }
}

/** All nodes. */
export async function listNodes(kubeconfigFile: string): Promise<NodeSeen[]> {
  const { status, body } = await call(kubeconfigFile, 'GET', '/api/v1/nodes')
  if (status !== 200) throw new Error(`listing nodes: the API server answered ${status}`)
  return (body as { items: NodeSeen[] }).items
}

/** True when the kubelet of the node reports that it takes pods. */
export const isNodeReady = (node: NodeSeen) =>
  node.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
