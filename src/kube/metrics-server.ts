import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import type { Access, Gate } from './access.ts'
import { listen } from './health.ts'

export interface Certificate {
  /** PEM, the whole chain. */
  cert: string
  /** PEM. */
  key: string
}

export interface MetricsServerOptions {
  /** 0 takes any free one. */
  port: number
  host?: string
  certificate: Certificate
  registry: Registry
  gate: Gate
}

export interface MetricsServer {
  port: number
  /** New connections get this certificate; those that are open go on. */
  renew(certificate: Certificate): void
  close(): Promise<void>
}

const WORDS: Record<Exclude<Access, 200>, string> = {
  401: 'Unauthorized: send the token of a ServiceAccount as "Authorization: Bearer ...".',
  403: 'Forbidden: the ServiceAccount needs the verb get on the nonResourceURL /metrics.',
  503: 'The API server could not be asked who you are. Try again.',
}

/** GET /metrics over HTTPS, for who may. Nothing else is there. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { port, host = '0.0.0.0', certificate } = options
  const server = createServer({ ...certificate, minVersion: 'TLSv1.2' }, (request, response) => {
    void answer(options, request, response).catch(() => response.destroy())
  })
  server.headersTimeout = 5_000
  const listening = await listen(server, port, host)
  return { ...listening, renew: (next) => server.setSecureContext({ ...next, minVersion: 'TLSv1.2' }) }
}

async function answer(
  { registry, gate }: MetricsServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'https://localhost')
  if (request.method !== 'GET' || pathname !== '/metrics') return send(response, 404, 'not found: GET /metrics')
  const access = await gate.ask(request.headers.authorization, '/metrics')
  if (access !== 200) return send(response, access, WORDS[access])
  send(response, 200, await registry.metrics(), registry.contentType)
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, {
    'content-type': type,
    'x-content-type-options': 'nosniff',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  })
  response.end(status === 200 ? text : `${text}\n`)
}
