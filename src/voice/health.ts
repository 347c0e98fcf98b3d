import { createServer, type Server } from 'node:https'
import type { Identity } from '../telephony/identity.ts'

export interface HealthServer {
  readonly port: number
  renew(identity: Identity): void
  close(): Promise<void>
}

/**
 * `/healthz`: 200 as long as the event loop turns, whatever else is wrong, since a restart would cut calls. `/readyz`: 200, or 503
 * with one obstacle a line. Open to anyone who reaches the port, as kubelets show no certificate; it tells nothing else.
 */
export async function listenHealth(o: {
  port: number
  identity: Identity
  obstacles: () => readonly string[]
}): Promise<HealthServer> {
  const server = createServer({ ...context(o.identity), headersTimeout: 5_000, requestTimeout: 5_000 })
  server.maxConnections = 64
  server.on('request', (request, response) => {
    const answer = (status: number, text: string) =>
      response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`)
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'only GET and HEAD')
    if (request.url === '/healthz') return answer(200, 'ok')
    if (request.url !== '/readyz') return answer(404, 'only /healthz and /readyz')
    const found = o.obstacles()
    return found.length === 0 ? answer(200, 'ok') : answer(503, found.join('\n'))
  })
  await listen(server, o.port)
  return {
    port: portOf(server) ?? o.port,
    renew: (identity) => server.setSecureContext(context(identity)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function context({ cert, key }: Identity) {
  return { cert, key, minVersion: 'TLSv1.2' as const }
}

function portOf(server: Server): number | undefined {
  const address = server.address()
  return typeof address === 'object' ? address?.port : undefined
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
