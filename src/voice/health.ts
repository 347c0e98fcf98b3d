import type { IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { X509Certificate } from 'node:crypto'
import type { Identity } from '../telephony/identity.ts'
import { provesOneOf } from '../telephony/peerName.ts'

export interface HealthServer {
  readonly port: number
  renew(identity: Identity): void
  close(): Promise<void>
}

interface Pages {
  /** Why the pod can't take calls; empty: it can. */
  readonly obstacles: () => readonly string[]
  readonly state: () => unknown
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

/**
 * `/healthz`: 200 as long as the event loop turns, whatever else is wrong, since a restart would cut calls. `/readyz`: 200, or 503
 * with one obstacle a line. Open to anyone who reaches the port, as kubelets show no certificate. `/metrics` and `/state`: for who shows a
 * certificate of our CA for one of the names in `observers`; a pod has no right to ask the API server who bears a token.
 */
export async function listenHealth(o: {
  port: number
  identity: Identity
  observers: readonly string[]
  pages: Pages
}): Promise<HealthServer> {
  const server = createServer({
    ...context(o.identity),
    // Whoever shows none is served what is open to all.
    requestCert: true,
    rejectUnauthorized: false,
    headersTimeout: 5_000,
    requestTimeout: 5_000,
  })
  server.maxConnections = 64
  server.on('request', (request, response) => {
    void answer(request, o).then(
      ({ status, text, type = 'text/plain; charset=utf-8' }) =>
        response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(text),
      () => response.destroy(),
    )
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

interface Page {
  readonly status: number
  readonly text: string
  readonly type?: string
}

async function answer(request: IncomingMessage, o: { observers: readonly string[]; pages: Pages }): Promise<Page> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, 'only GET and HEAD')
  if (request.url === '/healthz') return say(200, 'ok')
  if (request.url === '/readyz') {
    const found = o.pages.obstacles()
    return found.length === 0 ? say(200, 'ok') : say(503, found.join('\n'))
  }
  if (request.url !== '/state' && request.url !== '/metrics')
    return say(404, 'only /healthz, /readyz, /state and /metrics')
  if (!mayObserve(request, o.observers)) return say(403, `show a certificate of ${o.observers.join(' or ')}`)
  if (request.url === '/state') return { status: 200, text: JSON.stringify(o.pages.state()), type: 'application/json' }
  const { text, type } = await o.pages.metrics()
  return { status: 200, text, type }
}

const say = (status: number, text: string): Page => ({ status, text: `${text}\n` })

function mayObserve(request: IncomingMessage, observers: readonly string[]): boolean {
  const socket = request.socket as unknown as {
    authorized?: boolean
    getPeerX509Certificate?(): X509Certificate | undefined
  }
  return socket.authorized === true && provesOneOf(socket.getPeerX509Certificate?.()?.subjectAltName, observers)
}

function context({ cert, key, ca }: Identity) {
  return { cert, key, ca, minVersion: 'TLSv1.2' as const }
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
