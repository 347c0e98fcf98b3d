/** The harness' own way to the API server: few connections, JSON in and out. */
import { Agent, request } from 'undici'
import { accessIn } from '../../hack/cluster/api.ts'

export type Client = {
  /** @throws on any answer from 400 up, with what the API server said */
  send: (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown) => Promise<unknown>
  /** The objects' changes from a resourceVersion on, until the signal aborts. */
  watch: (path: string, resourceVersion: string, signal: AbortSignal) => AsyncGenerator<WatchEvent>
  close: () => Promise<void>
}

export type WatchEvent = { type: string; object: Record<string, unknown> }

export function createClient(kubeconfigFile: string, connections = 16): Client {
  const { server, ...tls } = accessIn(kubeconfigFile)
  const dispatcher = new Agent({ connections, bodyTimeout: 0, connect: tls })
  const open = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown, signal?: AbortSignal) =>
    request(new URL(path, server), {
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
