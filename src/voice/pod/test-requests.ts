import { Orders } from '../../caller/orders.ts'
import { fingerprint } from '../../lib/canonical.ts'
import type { Page } from '../../listeners/page-server.ts'
import { readTestRequestOrder, REQUEST_ORDER_FORM, type TestRequestResult } from '../../rules/test-request.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { DrillLanes } from '../http/drill-lanes.ts'

/** Test requests at a time, and orders that are remembered: who ordered reads the result within seconds. */
const MOST_AT_ONCE = 4
const MOST_ORDERS = 200
const KEEP_MS = 60_000

/** Test requests by order of the operator, through the lane of a drill. They take no place of a caller. */
export interface TestRequests {
  /** Answers PUT (with a body), GET and DELETE of an order. */
  answer(method: string, id: string, body: string | undefined): Page
  /** Ends all test requests and takes no more; resolves when they have ended. */
  leave(): Promise<void>
}

export function createTestRequests(o: {
  lanes: Pick<DrillLanes, 'ask' | 'refusal'>
  clock: Clock
  ended: (finding: TestRequestResult['finding']) => void
}): TestRequests {
  const orders = new Orders<TestRequestResult>({ clock: o.clock, most: MOST_ORDERS, keepMs: KEEP_MS })
  const running = new Set<Promise<unknown>>()
  let isLeaving = false

  const show = (id: string, status: number): Page => {
    const view = orders.view(id)
    if (view === undefined) return say(404, 'no such order, or its result is forgotten: order again with another id')
    return { status, text: JSON.stringify(view), type: 'application/json' }
  }

  function run(...asked: Parameters<DrillLanes['ask']>): Promise<TestRequestResult> {
    const one = o.lanes.ask(...asked).then((result) => {
      running.delete(one)
      o.ended(result.finding)
      return result
    })
    running.add(one)
    return one
  }

  function put(id: string, text: string): Page {
    const order = readTestRequestOrder(text)
    if (order === undefined) return say(400, REQUEST_ORDER_FORM)
    const print = fingerprint(order)
    if (orders.view(id) !== undefined)
      return orders.isSame(id, print) ? show(id, 200) : say(409, 'this id stands for another order: take another')
    const isBusy = isLeaving || running.size >= MOST_AT_ONCE || orders.isFull
    if (isBusy) return { ...say(503, 'the pod takes no test request now: try again, or another pod'), ...SOON }
    const refusal = o.lanes.refusal(order)
    if (refusal !== undefined) return say(422, refusal)
    orders.begin(id, print, (signal) => run(order, signal))
    return show(id, 202)
  }

  return {
    answer(method, id, body) {
      if (method === 'PUT') return put(id, body ?? '')
      return show(id, method === 'DELETE' && orders.callOff(id) ? 202 : 200)
    },
    async leave() {
      isLeaving = true
      orders.close()
      await Promise.all(running)
      orders.close() // the results of those, too
    },
  }
}

const SOON = { headers: { 'retry-after': '1' } }
const say = (status: number, text: string): Page => ({ status, text: `${text}\n` })
