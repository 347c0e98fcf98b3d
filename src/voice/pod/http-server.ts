import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { servePages, type Asked, type Listener, type Page } from '../../listeners/page-server.ts'
import type { Identity } from '../../pki/identity.ts'
import { provesOneOf } from '../../pki/peer-names.ts'

interface Pages {
  /** Why the pod can't take calls; empty: it can. */
  readonly obstacles: () => readonly string[]
  readonly state: () => unknown
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

interface HealthOptions {
  port: number
  identity: Identity
  observers: readonly string[]
  pages: Pages
}

/**
 * `/healthz`: 200 as long as the event loop turns, whatever else is wrong, since a restart would cut calls. `/readyz`: 200, or 503
 * with one obstacle a line. Open to anyone who reaches the port, as kubelets show no certificate. `/metrics` and `/state`: for who shows a
 * certificate of our CA for one of the names in `observers`; a pod has no right to ask the API server who bears a token.
 */
export function listenHealth(o: HealthOptions): Promise<Listener> {
  const tls = { ...o.identity, clientCertificate: 'wanted' as const }
  return servePages({ port: o.port, tls, answer: (asked) => answer(asked, o) })
}

async function answer({ path, request }: Asked, { pages, observers }: HealthOptions): Promise<Page> {
  if (path === '/healthz') return say(200, 'ok')
  if (path === '/readyz') {
    const found = pages.obstacles()
    return found.length === 0 ? say(200, 'ok') : say(503, found.join('\n'))
  }
  if (path !== '/state' && path !== '/metrics') return say(404, 'only /healthz, /readyz, /state and /metrics')
  if (!mayObserve(request, observers)) return say(403, `show a certificate of ${observers.join(' or ')}`)
  if (path === '/state') return { status: 200, text: JSON.stringify(pages.state()), type: 'application/json' }
  return { status: 200, ...(await pages.metrics()) }
}

const say = (status: number, text: string): Page => ({ status, text: `${text}\n` })

function mayObserve(request: IncomingMessage, observers: readonly string[]): boolean {
  const socket = request.socket as unknown as {
    authorized?: boolean
    getPeerX509Certificate?(): X509Certificate | undefined
  }
  return socket.authorized === true && provesOneOf(socket.getPeerX509Certificate?.()?.subjectAltName, observers)
}
