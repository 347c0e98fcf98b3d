import { createServer } from 'node:https'
import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EdgeState } from '../rules/edge-state.ts'
import type { Identity } from '../telephony/identity.ts'
import { provesOneOf } from '../telephony/peerName.ts'

export interface StateServer {
  readonly port: number
  renew(identity: Identity): void
  close(): Promise<void>
}

/** GET /state over HTTPS, for who shows a certificate of our CA for the name of the observer. Nothing else is there. */
export async function listenState(o: {
  port: number
  host?: string
  identity: Identity
  /** The name that the operator's certificate proves. */
  observer: string
  state: () => Promise<EdgeState>
}): Promise<StateServer> {
  const server = createServer({ ...context(o.identity), requestCert: true, rejectUnauthorized: true })
  server.headersTimeout = 5_000
  server.requestTimeout = 5_000
  server.maxConnections = 16
  server.on('request', (request, response) => void answer(request, response, o).catch(() => response.destroy()))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(o.port, o.host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : o.port,
    renew: (identity) => server.setSecureContext(context(identity)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  o: { observer: string; state: () => Promise<EdgeState> },
): Promise<void> {
  if (request.method !== 'GET' || request.url !== '/state') return send(response, 404, 'only GET /state')
  const socket = request.socket as { getPeerX509Certificate?(): X509Certificate | undefined }
  if (!provesOneOf(socket.getPeerX509Certificate?.()?.subjectAltName, [o.observer]))
    return send(response, 403, `show a certificate of ${o.observer}`)
  send(response, 200, JSON.stringify(await o.state()), 'application/json')
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(text)
}

const context = ({ cert, key, ca }: Identity) => ({ cert, key, ca, minVersion: 'TLSv1.2' as const })
