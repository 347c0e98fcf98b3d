import type { Identity } from '../../pki/identity.ts'
import { backoff, type BackoffRule } from '../../lib/backoff.ts'
import type { Keeping } from '../../rules/retention/keeping.ts'
import { type Clock, pause } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { describeBug } from '../../runtime/redacted-error.ts'
import {
  addCall,
  type Backlog,
  type Changed,
  dropExpired,
  dropUndelivered,
  emptyBacklog,
  markSent,
  moveLast,
  removeCall,
  tightenBacklog,
  type WaitingCall,
} from '../record/backlog.ts'
import type { CallRecords, PlainRecord } from '../record/call-record.ts'
import type { RecordsClient } from './records-client.ts'

/** What became of records of a call. */
export type Fate =
  /** Acknowledged as durable. */
  | 'stored'
  /** Acknowledged as delivered to the client. */
  | 'delivered'
  /** Refused for good. */
  | 'refused'
  /** There was no room. */
  | 'shed'
  /** Their time was over before anybody took them, or the policy keeps them no more. */
  | 'expired'
  /** The pod ended before. */
  | 'lost'

export interface DeliveryObserver {
  records(fate: Fate, records: readonly PlainRecord[]): void
}

/** Hands the records of ended calls to the program records. No call waits for it. */
export interface Delivery {
  readonly backlog: Backlog
  add(records: CallRecords): void
  /** The policy is another: what waits is kept no longer than it says. */
  tighten(keeping: Keeping | undefined): void
  /** New connections show this identity. */
  renew(identity: Identity): void
  /** Waits for the last acknowledgement, for so long at most. What is left then is lost, and counted. */
  close(withinMs: number): Promise<void>
}

/**
 * What is stored, and what is delivered from memory. Octets that wait in a pod: 8 MiB are about 400 calls of five minutes. A record is stored up to
 * a day after its call. A receiver may take 8 s, and is asked for several calls at a time: one that it does not take holds up no other.
 */
const WAYS = {
  Store: { mostOctets: 8_388_608, oldestMs: 86_400_000, answerMs: 10_000, lanes: 1, done: 'stored' },
  Deliver: { mostOctets: 4_194_304, oldestMs: 900_000, answerMs: 12_000, lanes: 4, done: 'delivered' },
} as const
/** Calls that are handed over at a time. */
export const LANES = { Store: WAYS.Store.lanes, Deliver: WAYS.Deliver.lanes } as const
const LONGEST_PAUSE_MS = 30_000
/** While the pod waits for its last acknowledgement. */
const LAST_PAUSE_MS = 250
const PAUSES: BackoffRule = { first: 500, most: LONGEST_PAUSE_MS, factor: 2, jitter: 0.5 }

export interface DeliveryOptions {
  readonly client: RecordsClient
  /** Default: Store. */
  readonly to?: keyof typeof WAYS
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly observe: DeliveryObserver
  /** Default: 8 MiB to store, 4 MiB to deliver. */
  readonly mostOctets?: number
}

export const createDelivery = (o: DeliveryOptions): Delivery => new RunningDelivery(o)

class RunningDelivery implements Delivery {
  backlog = emptyBacklog
  private readonly o: DeliveryOptions
  private readonly ending = new AbortController()
  /** Ends the pause between two tries. */
  private hurry = new AbortController()
  private isClosing = false
  private readonly running = new Set<Promise<void>>()
  /** Calls that are on their way. */
  private readonly busy = new Set<string>()
  private failures = 0
  private readonly way: (typeof WAYS)[keyof typeof WAYS]

  constructor(o: DeliveryOptions) {
    this.o = o
    this.way = WAYS[o.to ?? 'Store']
  }

  add(records: CallRecords): void {
    if (this.ending.signal.aborted) return this.change('lost', { backlog: this.backlog, gone: records.records })
    this.change('shed', addCall(this.backlog, records, this.o.mostOctets ?? this.way.mostOctets))
    if (this.running.size >= this.way.lanes) return
    const lane = this.run().finally(() => this.running.delete(lane))
    this.running.add(lane)
  }

  tighten(keeping: Keeping | undefined): void {
    const changed =
      this.way.done === 'stored'
        ? tightenBacklog(this.backlog, keeping?.lives ?? {})
        : dropUndelivered(this.backlog, keeping?.deliver ?? [])
    this.change('expired', changed)
  }

  renew(identity: Identity): void {
    this.o.client.renew(identity)
  }

  async close(withinMs: number): Promise<void> {
    const { clock, client } = this.o
    const done = new AbortController()
    const allRun = () => Promise.all(this.running)
    void allRun().then(() => done.abort())
    this.isClosing = true
    this.hurry.abort()
    this.hurry = new AbortController()
    if (this.running.size > 0) await pause(clock, withinMs, done.signal)
    this.ending.abort(new Error('the pod ends'))
    this.hurry.abort()
    await allRun()
    const { calls } = this.backlog
    if (calls.length > 0) this.o.log.warn({ calls: calls.length }, 'the pod ends, and nobody took the records of calls')
    this.change('lost', { backlog: emptyBacklog, gone: calls.flatMap(({ records }) => records) })
    await client.close()
  }

  /** Takes over what is left, counts what went, and overwrites it. */
  private change(fate: Fate, { backlog, gone }: Changed): void {
    this.backlog = backlog
    if (gone.length === 0) return
    this.o.observe.records(fate, gone)
    for (const { body } of gone) body.fill(0)
  }

  /** One call after the other, until none waits that is not on its way. Never rejects. */
  private async run(): Promise<void> {
    const { clock, log } = this.o
    const { signal } = this.ending
    // Not in the turn in which a call ends.
    await Promise.resolve()
    while (!signal.aborted) {
      this.change('expired', dropExpired(this.backlog, clock.wall(), this.way.oldestMs))
      const next = this.backlog.calls.find(({ call }) => !this.busy.has(call))
      if (next === undefined) return
      this.backlog = markSent(this.backlog, next.call)
      this.busy.add(next.call)
      const wait = await this.send(next).catch((error: unknown) => {
        if (this.failures === 0 && !signal.aborted)
          log.warn(describeBug(error), 'records of calls can not be handed over')
        return undefined
      })
      if (wait === 'done') this.failures = 0
      else {
        if (this.way.lanes > 1) this.backlog = moveLast(this.backlog, next.call)
        await pause(clock, this.pauseMs(wait), this.hurry.signal)
      }
      // Not before the pause, or another lane would try it at once.
      this.busy.delete(next.call)
    }
  }

  private pauseMs(asked: number | undefined): number {
    const own = backoff(PAUSES, ++this.failures, this.o.random())
    if (this.isClosing) return Math.min(own, LAST_PAUSE_MS)
    return Math.min(LONGEST_PAUSE_MS, Math.max(own, (asked ?? 0) * 1_000))
  }

  /** Seconds to wait before the next try, if the other side says so. @throws Error when no answer came */
  private async send({ place, call, policy, endedAt, records }: WaitingCall): Promise<'done' | number | undefined> {
    const isStored = this.way.done === 'stored'
    const plain = records.map(({ body, class: dataClass, sequence, life }) => {
      return { class: dataClass, sequence, ...(isStored && { life }), body: body.toString('base64') }
    })
    const body = Buffer.from(JSON.stringify({ policy, endedAt, records: plain }))
    const late = new AbortController()
    const cancel = this.o.clock.after(this.way.answerMs, () => late.abort(new Error('no answer in time')))
    try {
      const signal = AbortSignal.any([this.ending.signal, late.signal])
      const { status, retryAfter } = await this.o.client.put(place, call, body, signal)
      if (status < 200 || status >= 500) return this.putOff(status, retryAfter)
      if (status >= 300) this.o.log.error({ status }, 'records of a call were refused for good')
      this.change(status < 300 ? this.way.done : 'refused', removeCall(this.backlog, call))
      return 'done'
    } finally {
      cancel()
      body.fill(0)
    }
  }

  private putOff(status: number, retryAfter: number | undefined): number | undefined {
    if (this.failures === 0) this.o.log.warn({ status }, 'records of calls are not taken at the moment')
    return retryAfter
  }
}
