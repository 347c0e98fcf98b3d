import type { Registry } from 'prom-client'
import { servePages, type Asked, type Listener, type Page } from '../listeners/page-server.ts'
import type { Access, Gate } from '../kube/access-review.ts'

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

const WORDS: Record<Exclude<Access, 200>, string> = {
  401: 'Unauthorized: send the token of a ServiceAccount as "Authorization: Bearer ...".',
  403: 'Forbidden: the ServiceAccount needs the verb get on the nonResourceURL /metrics.',
  429: 'Too many unknown tokens are being reviewed: try again in 10 seconds.',
  503: 'The API server could not be asked who you are. Try again.',
}

/** GET /metrics over HTTPS, for who may. Nothing else is there. */
export function startMetricsServer(o: MetricsServerOptions): Promise<Listener> {
  const { port, host = '0.0.0.0', certificate } = o
  return servePages({ port, host, tls: certificate, answer: (asked) => answer(o, asked) })
}

async function answer({ registry, gate }: MetricsServerOptions, { path, request }: Asked): Promise<Page> {
  if (path !== '/metrics') return { status: 404, text: 'not found: GET /metrics\n' }
  const source = request.socket.remoteAddress ?? ''
  const access = await gate.ask({ authorization: request.headers.authorization, path, source })
  if (access !== 200) return refusal(access)
  return { status: 200, text: await registry.metrics(), type: registry.contentType }
}

function refusal(status: Exclude<Access, 200>): Page {
  const headers: Record<string, string> =
    status === 401 ? { 'www-authenticate': 'Bearer' } : status === 429 ? { 'retry-after': '10' } : {}
  return { status, text: `${WORDS[status]}\n`, headers }
}
