import { readBody } from '../../listeners/request-body.ts'
import { servePages, type Asked, type Listener, type Page } from '../../listeners/page-server.ts'
import type { Identity } from '../../pki/identity.ts'
import { ORDER_HEADER } from '../../rules/policy-order.ts'
import { isClientOneOf } from '../../pki/peer-names.ts'
import { orderPage } from '../../rules/drill/lease.ts'
import { LONGEST_LANE_ORDER, parseLaneOrder } from '../../rules/drill/order.ts'
import { LONGEST_ORDER, readTestCallPath } from '../../rules/test-call.ts'
import { LONGEST_REQUEST_ORDER, readTestRequestPath } from '../../rules/test-request.ts'
import type { DrillLanes } from '../http/drill-lanes.ts'
import type { TestCalls } from './test-calls.ts'
import type { TestRequests } from './test-requests.ts'

interface Pages {
  /** Why the pod can't take calls; empty: it can. */
  readonly obstacles: () => readonly string[]
  readonly state: () => unknown
  /** An order of the operator's, as it came; see `rules/policy-order.ts`. */
  readonly order: (text: string) => void
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
  readonly testCalls: Pick<TestCalls, 'answer'>
  readonly testRequests: Pick<TestRequests, 'answer'>
  readonly lanes: Pick<DrillLanes, 'nonce' | 'order'>
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
 * certificate of our CA for one of the names in `observers`; a pod has no right to ask the API server who bears a token. A request for `/state`
 * may bring the policy that the bot has now. PUT, GET and DELETE of `/test-calls/ID` and `/test-requests/ID` for the same: orders a test, shows how
 * it went, ends it. PUT of `/drill` for the same: orders a lane of a drill.
 */
export function listenHealth(o: HealthOptions): Promise<Listener> {
  const tls = { ...o.identity, clientCertificate: 'wanted' as const }
  return servePages({ port: o.port, tls, methods: ['PUT', 'DELETE'], answer: (asked) => answer(asked, o) })
}

async function answer(asked: Asked, { pages, observers }: HealthOptions): Promise<Page> {
  const { path, request, method } = asked
  const order = orderAt(path, method, pages)
  if (order === undefined && (method === 'PUT' || method === 'DELETE'))
    return { ...say(405, 'only GET and HEAD'), ...READ_ONLY }
  if (path === '/healthz') return say(200, 'ok')
  if (path === '/readyz') {
    const found = pages.obstacles()
    return found.length === 0 ? say(200, 'ok') : say(503, found.join('\n'))
  }
  if (order === undefined && path !== '/state' && path !== '/metrics') return say(404, PATHS)
  if (!isClientOneOf(request, observers)) return say(403, `show a certificate of ${observers.join(' or ')}`)
  if (order !== undefined) return answerOrder(asked, order)
  const policy = request.headers[ORDER_HEADER]
  if (path === '/state' && typeof policy === 'string') pages.order(policy)
  if (path === '/state') return { status: 200, text: JSON.stringify(pages.state()), type: 'application/json' }
  return { status: 200, ...(await pages.metrics()) }
}

const PATHS = 'only /healthz, /readyz, /state, /metrics, /test-calls/ID, /test-requests/ID, and PUT of /drill'
const READ_ONLY = { headers: { allow: 'GET, HEAD' } }

/** Who answers an order that comes by this path. */
interface OrderTaker {
  /** Octets of a body. */
  longest: number
  answer(method: string, body: string | undefined): Page
}

function orderAt(path: string, method: string, pages: Pages): OrderTaker | undefined {
  const call = readTestCallPath(path)
  if (call !== undefined)
    return { longest: LONGEST_ORDER, answer: (how, body) => pages.testCalls.answer(how, call, body) }
  const test = readTestRequestPath(path)
  if (test !== undefined)
    return { longest: LONGEST_REQUEST_ORDER, answer: (how, body) => pages.testRequests.answer(how, test, body) }
  if (path !== '/drill' || method !== 'PUT') return undefined
  return { longest: LONGEST_LANE_ORDER, answer: (_, body = '') => answerLaneOrder(body, pages.lanes) }
}

/** Each answer has the nonce for the next order. */
function answerLaneOrder(body: string, lanes: Pages['lanes']): Page {
  const order = parseLaneOrder(body)
  const outcome = order && lanes.order(order)
  return orderPage(lanes.nonce(), outcome)
}

async function answerOrder({ method, request }: Asked, { longest, answer: take }: OrderTaker): Promise<Page> {
  if (method !== 'PUT') return take(method, undefined)
  const body = await readBody(request, longest)
  if (body !== undefined) return take(method, body)
  return { ...say(413, `an order has ${longest} octets at most`), headers: { connection: 'close' } }
}

const say = (status: number, text: string): Page => ({ status, text: `${text}\n` })
