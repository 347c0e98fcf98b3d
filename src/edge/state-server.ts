import type { X509Certificate } from 'node:crypto'
import { servePages, type Asked, type Listener, type Page } from '../listeners/pages.ts'
import type { EdgeState } from '../rules/edge-state.ts'
import type { Identity } from '../telephony/identity.ts'
import { provesOneOf } from '../telephony/peerName.ts'

interface StateServerOptions {
  port: number
  host?: string
  identity: Identity
  /** The name that the operator's certificate proves. */
  observer: string
  state: () => Promise<EdgeState>
}

/** GET /state over HTTPS, for who shows a certificate of our CA for the name of the observer. Nothing else is there. */
export function listenState(o: StateServerOptions): Promise<Listener> {
  const tls = { ...o.identity, clientCertificate: 'required' as const }
  return servePages({ port: o.port, host: o.host, tls, answer: (asked) => answer(asked, o) })
}

async function answer({ path, request }: Asked, o: StateServerOptions): Promise<Page> {
  if (path !== '/state') return { status: 404, text: 'only GET /state' }
  const socket = request.socket as { getPeerX509Certificate?(): X509Certificate | undefined }
  if (!provesOneOf(socket.getPeerX509Certificate?.()?.subjectAltName, [o.observer]))
    return { status: 403, text: `show a certificate of ${o.observer}` }
  return { status: 200, text: JSON.stringify(await o.state()), type: 'application/json' }
}
