import type { X509Certificate } from 'node:crypto'
import { servePages, type Asked, type Listener, type Page } from '../listeners/page-server.ts'
import { readRoutesPath, type EdgeRoute } from '../rules/edge-routes.ts'
import type { EdgeState } from '../rules/edge-state.ts'
import type { Identity } from '../pki/identity.ts'
import { provesOneOf } from '../pki/peer-names.ts'

interface StateServerOptions {
  port: number
  host?: string
  identity: Identity
  /** The name that the operator's certificate proves. */
  observer: string
  state: () => Promise<EdgeState>
  /** Undefined while the proxy is away. */
  routes: (bots: readonly string[]) => Promise<EdgeRoute[] | undefined>
}

/** GET /state and GET /routes/BOT,BOT over HTTPS, for who shows a certificate of our CA for the name of the observer. Nothing else is there. */
export function listenState(o: StateServerOptions): Promise<Listener> {
  const tls = { ...o.identity, clientCertificate: 'required' as const }
  return servePages({ port: o.port, host: o.host, tls, answer: (asked) => answer(asked, o) })
}

async function answer({ path, request }: Asked, o: StateServerOptions): Promise<Page> {
  const bots = readRoutesPath(path)
  if (path !== '/state' && bots === undefined) return { status: 404, text: 'only GET /state and GET /routes/BOT,BOT' }
  const socket = request.socket as { getPeerX509Certificate?(): X509Certificate | undefined }
  if (!provesOneOf(socket.getPeerX509Certificate?.()?.subjectAltName, [o.observer]))
    return { status: 403, text: `show a certificate of ${o.observer}` }
  const state = bots === undefined ? await o.state() : await asList(o.routes(bots))
  if (state === undefined) return { status: 503, text: 'the proxy does not answer' }
  return { status: 200, text: JSON.stringify(state), type: 'application/json' }
}

async function asList(answer: Promise<EdgeRoute[] | undefined>) {
  const routes = await answer
  return routes && { routes }
}
