import type { BotConfiguration } from '../../api/bot-configuration.ts'
import { type Caller, createCaller } from '../../caller/caller.ts'
import { Orders } from '../../caller/orders.ts'
import type { TestCallResult } from '../../caller/judge/result.ts'
import type { CallerTools, TestCall } from '../../caller/test-call.ts'
import type { Page } from '../../listeners/page-server.ts'
import { ORDER_FORM, readTestCallOrder, type TestCallOrder } from '../../rules/test-call.ts'
import { field } from '../../wire/sip/serialise.ts'
import type { VoiceMetrics } from '../metrics.ts'
import type { Edges } from '../transfer/known-edges.ts'
import { protections, srtpOf, type Trunks, trunksUri, withheld, wordsForEdge } from '../transfer/outgoing-invite.ts'
import type { Calls } from './call-admission.ts'
import { createOrderPages, say } from './order-pages.ts'

/** Test calls at a time: each costs what a caller costs. */
const MOST_AT_ONCE = 4
/** Share of the places that stay free for callers beside a test call. */
const FREE_SHARE = 0.25
/** Orders that are remembered, and for how long after their end: who ordered reads the result within seconds. */
const MOST_ORDERS = 200
const KEEP_MS = 300_000
/** Names that only pods and edges know stay with them. */
const HOST = 'callbots.invalid'

/** Test calls by order of the operator. They take places only while many are free, and give them back when callers come. */
export interface TestCalls {
  readonly live: number
  /** Answers PUT (with a body), GET and DELETE of an order. */
  answer(method: string, id: string, body: string | undefined): Page
  /** A caller has come: who tests leaves if there is no place for both. */
  makeRoom(): void
  /** Ends all test calls and takes no more; resolves when they have ended. */
  leave(): Promise<void>
}

interface Tools extends CallerTools {
  readonly namespace: string
  readonly bot: Pick<BotConfiguration, 'integrations' | 'media'>
  readonly calls: Pick<Calls, 'live' | 'places' | 'isLeaving'>
  readonly edges: Pick<Edges, 'hops'>
  readonly metrics: Pick<VoiceMetrics, 'testCall'>
}

export function createTestCalls(o: Tools): TestCalls {
  return new OrderedTestCalls(o)
}

class OrderedTestCalls implements TestCalls {
  private readonly o: Tools
  private readonly caller: Caller
  private readonly orders: Orders<TestCallResult>
  private readonly running = new Set<Promise<unknown>>()
  readonly answer: TestCalls['answer']

  constructor(o: Tools) {
    this.o = o
    this.caller = createCaller({ ...o, most: MOST_AT_ONCE })
    this.orders = new Orders({ clock: o.clock, most: MOST_ORDERS, keepMs: KEEP_MS })
    this.answer = createOrderPages({
      ...{ orders: this.orders, read: readTestCallOrder, form: ORDER_FORM, obstacle: () => this.obstacle() },
      workFor: (order) => this.workFor(order),
    })
  }

  get live(): number {
    return this.running.size
  }

  makeRoom(): void {
    const { live, places } = this.o.calls
    for (let excess = live + this.live - places; excess > 0; excess--) this.orders.callOffLast()
  }

  async leave(): Promise<void> {
    this.orders.close()
    await Promise.all(this.running)
    this.orders.close() // the results of those, too
  }

  /** Why no test call may begin now. */
  private obstacle(): string | undefined {
    const { live, places, isLeaving } = this.o.calls
    if (isLeaving) return 'the pod is draining: order from another'
    if (this.live >= MOST_AT_ONCE) return `${MOST_AT_ONCE} test calls are on their way: try again`
    if (this.orders.isFull) return `${MOST_ORDERS} orders are remembered: try again in some minutes`
    const free = places - live - this.live - 1
    if (free < Math.max(1, places * FREE_SHARE))
      return 'too few places are free beside callers: try again, or another pod'
    return undefined
  }

  private workFor(order: TestCallOrder): ((signal: AbortSignal) => Promise<TestCallResult>) | Page {
    const call = this.callFor(order)
    return 'status' in call ? call : (signal) => this.run({ ...call, signal })
  }

  private callFor({ integration, to, from, edge, headers, ...order }: TestCallOrder): Omit<TestCall, 'signal'> | Page {
    const { bot, namespace, edges } = this.o
    const trunks = bot.integrations.find(({ name }) => name === integration)?.sip
    if (trunks === undefined)
      return say(422, `the bot has no trunks of an Integration ${integration}: name one of its integrationRefs`)
    const hops = edges.hops().filter(({ host }) => edge === undefined || host === edge)
    if (hops.length === 0)
      return say(503, edge === undefined ? NO_EDGE : `the pod has not heard the edge ${edge} lately`)
    const caller = from === undefined ? withheld : { from: `<sip:${from}@${HOST}>`, headers: [] }
    return {
      ...order,
      ...{ hops, from: caller.from, to: `<sip:${to}@${HOST}>`, uri: trunksUri(to, { integration, namespace }) },
      headers: [...caller.headers, ...Object.entries(headers).map(([name, value]) => field(name, value))],
      offers: offersFor(trunks, bot.media.codecs),
    }
  }

  private run(call: TestCall): Promise<TestCallResult> {
    const running = this.caller.call(call).then((result) => {
      this.running.delete(running)
      this.o.metrics.testCall(result.finding)
      this.o.log.info({ finding: result.finding, status: result.status }, 'a test call has ended')
      return result
    })
    this.running.add(running)
    return running
  }
}

const NO_EDGE = 'the pod has heard no edge yet: try again in a second'

/** As a caller who is put through is offered. */
const offersFor = (trunks: Trunks, codecs: BotConfiguration['media']['codecs']): TestCall['offers'] =>
  protections(trunks).map((protection) => ({
    policy: { srtp: srtpOf(protection), codecs },
    headers: wordsForEdge(trunks, protection),
  }))
