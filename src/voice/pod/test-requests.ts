import { Orders } from '../../caller/orders.ts'
import type { Page } from '../../listeners/page-server.ts'
import { readTestRequestOrder, REQUEST_ORDER_FORM, type TestRequestResult } from '../../rules/test-request.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { DrillLanes } from '../http/drill-lanes.ts'
import { createOrderPages, say } from './order-pages.ts'

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

  function run(...asked: Parameters<DrillLanes['ask']>): Promise<TestRequestResult> {
    const one = o.lanes.ask(...asked).then((result) => {
      running.delete(one)
      o.ended(result.finding)
      return result
    })
    running.add(one)
    return one
  }

  const answer = createOrderPages({
    ...{ orders, read: readTestRequestOrder, form: REQUEST_ORDER_FORM },
    obstacle: () => (isLeaving || running.size >= MOST_AT_ONCE || orders.isFull ? BUSY : undefined),
    workFor(order) {
      const refusal = o.lanes.refusal(order)
      return refusal === undefined ? (signal) => run(order, signal) : say(422, refusal)
    },
  })

  return {
    answer,
    async leave() {
      isLeaving = true
      orders.close()
      await Promise.all(running)
      orders.close() // the results of those, too
    },
  }
}

const BUSY = 'the pod takes no test request now: try again, or another pod'
