import { readBody } from '../listeners/request-body.ts'
import { servePages, type Asked, type Listener, type Page } from '../listeners/page-server.ts'
import { orderPage } from '../rules/drill/lease.ts'
import { LONGEST_LANE_ORDER, parseDrillOrder } from '../rules/drill/order.ts'
import { readRoutesPath, type EdgeRoute } from '../rules/edge-routes.ts'
import type { EdgeState } from '../rules/edge-state.ts'
import type { Identity } from '../pki/identity.ts'
import { isClientOneOf } from '../pki/peer-names.ts'
import type { Leases } from './apply/drill-leases.ts'

interface StateServerOptions {
  port: number
  host?: string
  identity: Identity
  /** The name that the operator's certificate proves. */
  observer: string
  state: () => Promise<EdgeState>
  /** Undefined while the proxy is away. */
  routes: (bots: readonly string[]) => Promise<EdgeRoute[] | undefined>
  leases: Leases
}

/**
 * GET /state, GET /routes/BOT,BOT and PUT /drill over HTTPS, for who shows a certificate of our CA for the name of the observer.
 * Nothing else is there.
 */
export function listenState(o: StateServerOptions): Promise<Listener> {
  const tls = { ...o.identity, clientCertificate: 'required' as const }
  return servePages({ port: o.port, host: o.host, tls, methods: ['PUT'], answer: (asked) => answer(asked, o) })
}

async function answer(asked: Asked, o: StateServerOptions): Promise<Page> {
  const { path, method, request } = asked
  const bots = readRoutesPath(path)
  const isOrder = method === 'PUT'
  if (isOrder ? path !== '/drill' : path !== '/state' && bots === undefined)
    return { status: 404, text: 'only GET /state, GET /routes/BOT,BOT and PUT /drill' }
  if (!isClientOneOf(request, [o.observer])) return { status: 403, text: `show a certificate of ${o.observer}` }
  if (isOrder) return answerOrder(asked, o.leases)
  const state = bots === undefined ? await o.state() : await asList(o.routes(bots))
  if (state === undefined) return { status: 503, text: 'the proxy does not answer' }
  return { status: 200, text: JSON.stringify(state), type: 'application/json' }
}

/** Each answer has the nonce for the next order. */
async function answerOrder({ request }: Asked, leases: Leases): Promise<Page> {
  const text = await readBody(request, LONGEST_LANE_ORDER)
  if (text === undefined) return { status: 413, text: 'the body is too long', headers: { connection: 'close' } }
  const order = parseDrillOrder(text)
  const outcome = order && (await leases.order(order))
  return orderPage(leases.nonce(), outcome)
}

async function asList(answer: Promise<EdgeRoute[] | undefined>) {
  const routes = await answer
  return routes && { routes }
}
