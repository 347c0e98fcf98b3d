import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApiError } from '../../src/kube/errors.ts'
import type { KubeRequest, Transport } from '../../src/kube/transport.ts'

/** Stands between a client and the API server, speaks plain HTTP to the one, and can spoil the watches of the other. */
export interface HttpProxy {
  url: string
  /** Cuts all watches in the middle: the client sees a reset connection. */
  cutWatches(): void
  /** Ends all watches as the API server does after their time. */
  endWatches(): void
  /** Says a line in all watches as if the API server did. */
  inject(line: object): void
  close(): Promise<void>
}

export async function startHttpProxy(upstream: Transport): Promise<HttpProxy> {
  const watches = new Set<ServerResponse>()
  const server = createServer((request, response) => void forward(request, response))
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = await readRequest(request)
    try {
      if (!asked.query?.watch) {
        const { status, body } = await upstream.request(asked)
        return void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      }
      await pump(asked, response)
    } catch (error) {
      if (response.headersSent) return void response.destroy()
      const { status: code = 502, reason, message } = error as ApiError
      response.writeHead(code, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', code, reason, message }))
    }
  }
  const pump = async (asked: KubeRequest, response: ServerResponse) => {
    const controller = new AbortController()
    response.on('close', () => (watches.delete(response), controller.abort()))
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    watches.add(response)
    for await (const line of upstream.stream({ ...asked, purpose: 'watch', signal: controller.signal }))
      response.write(`${line}\n`)
    response.end()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutWatches: () => watches.forEach((response) => response.socket?.resetAndDestroy()),
    endWatches: () => watches.forEach((response) => response.end()),
    inject: (line) => watches.forEach((response) => response.write(`${JSON.stringify(line)}\n`)),
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function readRequest(request: IncomingMessage): Promise<KubeRequest> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://proxy')
  let text = ''
  for await (const chunk of request) text += chunk
  return {
    purpose: 'readwrite',
    method: request.method as KubeRequest['method'],
    path: pathname,
    query: Object.fromEntries(searchParams),
    body: text === '' ? undefined : JSON.parse(text),
    contentType: request.headers['content-type']?.split(';')[0],
  }
}
