import { Orders } from '../../src/caller/orders.ts'
import type { Page } from '../../src/listeners/page-server.ts'
import { orderPage } from '../../src/rules/drill/lease.ts'
import { parseLaneOrder } from '../../src/rules/drill/order.ts'
import type { Http } from '../../src/rules/http/request.ts'
import { ORDER_FORM, readTestCallOrder, readTestCallPath } from '../../src/rules/test-call.ts'
import { readTestRequestPath } from '../../src/rules/test-request.ts'
import { pause, type Clock } from '../../src/runtime/clock.ts'
import { silent } from '../../src/runtime/log.ts'
import { createDrillLanes, type DrillLanes } from '../../src/voice/http/drill-lanes.ts'
import { createEgress } from '../../src/webclient/egress-policy.ts'
import { createOrderPages } from '../../src/voice/pod/order-pages.ts'
import { createTestRequests } from '../../src/voice/pod/test-requests.ts'
import { reachFrom } from '../../src/wire/sdp/address-policy.ts'

/** What a test call found, as far as the operator reads it. */
export interface CallEnd {
  outcome: 'Passed' | 'Failed'
  finding: string
  trunk: string | null
  answerMilliseconds: number | null
}

/** A bot pod without a bot: its lanes of web services, test requests and orders are the pod's own code, over real sockets. */
export interface DrillPod {
  readonly lanes: DrillLanes
  /** As GET /state tells it. */
  state(): object
  /** PUT /drill, and PUT and GET of orders. Undefined: there is no such page. */
  answer(method: string, path: string, body: string): Page | undefined
  close(): Promise<void>
}

const CALL_MS = 300

/** @param o.callEnds how a test call by the edge of that address ends, for that drill */
export function createDrillPod(o: {
  namespace: string
  integration: string
  http: Http
  clock: Clock
  callEnds: (edge: string, drill: string) => CallEnd
}): DrillPod {
  const { namespace, integration, http, clock } = o
  const tools = { secretsFolder: '/nowhere', egress: createEgress(reachFrom('127.0.0.1')), clock, random: Math.random }
  const lanes = createDrillLanes({ ...tools, namespace, integrations: [{ name: integration, http }], log: silent })
  const requests = createTestRequests({ lanes, clock, ended: () => {} })
  const orders = new Orders<CallEnd>({ clock, most: 200, keepMs: 60_000 })
  const calls = createOrderPages({
    ...{ orders, read: readTestCallOrder, form: ORDER_FORM, obstacle: () => undefined },
    workFor: (order) => async () => {
      await pause(clock, CALL_MS)
      return o.callEnds(order.edge ?? '', order.headers['X-Callbot-Drill'] ?? '')
    },
  })
  const since = new Date().toISOString()
  return {
    lanes,
    state: () => ({
      ...{ calls: 0, places: 4, draining: false, answered: 0, failed: 0, refused: 0, lastCallAt: null },
      http: http.endpoints.map(({ name }) => ({ integration, endpoint: name, state: 'Up', since })),
      ...lanes.view(),
    }),
    answer(method, path, body) {
      if (method === 'PUT' && path === '/drill') {
        const order = parseLaneOrder(body)
        return orderPage(lanes.nonce(), order && lanes.order(order))
      }
      const [call, request] = [readTestCallPath(path), readTestRequestPath(path)]
      if (call !== undefined) return calls(method, call, body)
      return request === undefined ? undefined : requests.answer(method, request, body)
    },
    async close() {
      orders.close()
      await requests.leave()
      await lanes.close()
    },
  }
}
