import type { Orders } from '../../caller/orders.ts'
import { fingerprint } from '../../lib/canonical.ts'
import type { Page } from '../../listeners/page-server.ts'

export interface OrderPagesOptions<Order, Result> {
  readonly orders: Orders<Result>
  /** Undefined: the text is no order. */
  readonly read: (text: string) => Order | undefined
  /** For who sent a text that is no order. */
  readonly form: string
  /** Why no order may begin now. */
  readonly obstacle: () => string | undefined
  /** The work, or why it can't be done. */
  readonly workFor: (order: Order) => ((signal: AbortSignal) => Promise<Result>) | Page
}

/** Answers PUT (with a body), GET and DELETE of an order. */
export function createOrderPages<Order, Result>(o: OrderPagesOptions<Order, Result>) {
  const { orders } = o

  const show = (id: string, status: number): Page => {
    const view = orders.view(id)
    if (view === undefined) return say(404, 'no such order, or its result is forgotten: order again with another id')
    return { status, text: JSON.stringify(view), type: 'application/json' }
  }

  function put(id: string, text: string): Page {
    const order = o.read(text)
    if (order === undefined) return say(400, o.form)
    const print = fingerprint(order)
    if (orders.view(id) !== undefined)
      return orders.isSame(id, print) ? show(id, 200) : say(409, 'this id stands for another order: take another')
    const obstacle = o.obstacle()
    if (obstacle !== undefined) return { ...say(503, obstacle), headers: { 'retry-after': '1' } }
    const work = o.workFor(order)
    if (typeof work !== 'function') return work
    orders.begin(id, print, work)
    return show(id, 202)
  }

  return (method: string, id: string, body: string | undefined): Page => {
    if (method === 'PUT') return put(id, body ?? '')
    return show(id, method === 'DELETE' && orders.callOff(id) ? 202 : 200)
  }
}

export const say = (status: number, text: string): Page => ({ status, text: `${text}\n` })
