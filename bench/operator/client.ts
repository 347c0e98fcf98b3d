/** The harness' own way to the API server: few connections, JSON in and out. */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import { parse } from 'yaml'

type Kubeconfig = {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[]
}

export type Client = {
  /** @throws on any answer from 400 up, with what the API server said */
  send: (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown) => Promise<unknown>
  /** The objects' changes from a resourceVersion on, until the signal aborts. */
  watch: (path: string, resourceVersion: string, signal: AbortSignal) => AsyncGenerator<WatchEvent>
  close: () => Promise<void>
}

export type WatchEvent = { type: string; object: Record<string, unknown> }

export function createClient(kubeconfigFile: string, connections = 16): Client {
  const config = parse(readFileSync(kubeconfigFile, 'utf8')) as Kubeconfig
  const { cluster } = config.clusters[0]!
  const { user } = config.users[0]!
  const pem = (base64: string) => Buffer.from(base64, 'base64')
  const dispatcher = new Agent({
    connections,
    bodyTimeout: 0,
    connect: {
      ca: pem(cluster['certificate-authority-data']),
      cert: pem(user['client-certificate-data']),
      key: pem(user['client-key-data']),
    },
  })
  const open = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown, signal?: AbortSignal) =>
    request(new URL(path, cluster.server), {
      dispatcher,
      method,
      signal,
      headers: { 'content-type': method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
  return {
    async send(method, path, body) {
      const answer = await open(method, path, body)
      const text = await answer.body.text()
      if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`)
      return JSON.parse(text)
    },
    async *watch(path, resourceVersion, signal) {
      const query = `?watch=true&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`
      const answer = await open('GET', path + query, undefined, signal)
      for await (const line of lines(answer.body)) yield JSON.parse(line) as WatchEvent
    },
    close: () => dispatcher.destroy(),
  }
}

async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = []
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      rest.push(chunk.subarray(from, end))
      yield Buffer.concat(rest).toString()
      rest = []
      from = end + 1
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
  }
}
