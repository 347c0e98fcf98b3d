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
  emptyBacklog,
  markSent,
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

/** Octets that wait in a pod. About 400 calls of five minutes. */
const MOST_OCTETS = 8_388_608
/** A record is taken up to a day after its call. */
const OLDEST_MS = 86_400_000
const ANSWER_MS = 10_000
const LONGEST_PAUSE_MS = 30_000
/** While the pod waits for its last acknowledgement. */
const LAST_PAUSE_MS = 250
const PAUSES: BackoffRule = { first: 500, most: LONGEST_PAUSE_MS, factor: 2, jitter: 0.5 }

export interface DeliveryOptions {
  readonly client: RecordsClient
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly observe: DeliveryObserver
  /** Default: 8 MiB. */
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
  private running: Promise<void> | undefined
  private failures = 0

  constructor(o: DeliveryOptions) {
    this.o = o
  }

  add(records: CallRecords): void {
    if (this.ending.signal.aborted) return this.change('lost', { backlog: this.backlog, gone: records.records })
    this.change('shed', addCall(this.backlog, records, this.o.mostOctets ?? MOST_OCTETS))
    this.running ??= this.run().finally(() => (this.running = undefined))
  }

  tighten(keeping: Keeping | undefined): void {
    this.change('expired', tightenBacklog(this.backlog, keeping?.lives ?? {}))
  }

  renew(identity: Identity): void {
    this.o.client.renew(identity)
  }

  async close(withinMs: number): Promise<void> {
    const { clock, client } = this.o
    const done = new AbortController()
    void this.running?.then(() => done.abort())
    this.isClosing = true
    this.hurry.abort()
    this.hurry = new AbortController()
    if (this.running !== undefined) await pause(clock, withinMs, done.signal)
    this.ending.abort(new Error('the pod ends'))
    this.hurry.abort()
    await this.running
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

  /** One call after the other, until none waits. Never rejects. */
  private async run(): Promise<void> {
    const { clock, log } = this.o
    const { signal } = this.ending
    // Not in the turn in which a call ends.
    await Promise.resolve()
    while (!signal.aborted) {
      this.change('expired', dropExpired(this.backlog, clock.wall(), OLDEST_MS))
      const [next] = this.backlog.calls
      if (next === undefined) return
      this.backlog = markSent(this.backlog, next.call)
      const wait = await this.send(next).catch((error: unknown) => {
        if (this.failures === 0 && !signal.aborted)
          log.warn(describeBug(error), 'records of calls can not be handed over')
        return undefined
      })
      if (wait === 'done') this.failures = 0
      else await pause(clock, this.pauseMs(wait), this.hurry.signal)
    }
  }

  private pauseMs(asked: number | undefined): number {
    const own = backoff(PAUSES, ++this.failures, this.o.random())
    if (this.isClosing) return Math.min(own, LAST_PAUSE_MS)
    return Math.min(LONGEST_PAUSE_MS, Math.max(own, (asked ?? 0) * 1_000))
  }

  /** Seconds to wait before the next try, if the other side says so. @throws Error when no answer came */
  private async send({ place, call, policy, endedAt, records }: WaitingCall): Promise<'done' | number | undefined> {
    const plain = records.map(({ body, ...rest }) => ({ ...rest, body: body.toString('base64') }))
    const body = Buffer.from(JSON.stringify({ policy, endedAt, records: plain }))
    const late = new AbortController()
    const cancel = this.o.clock.after(ANSWER_MS, () => late.abort(new Error('no answer in time')))
    try {
      const signal = AbortSignal.any([this.ending.signal, late.signal])
      const { status, retryAfter } = await this.o.client.put(place, call, body, signal)
      if (status < 200 || status >= 500) return this.putOff(status, retryAfter)
      if (status >= 300) this.o.log.error({ status }, 'records of a call were refused for good')
      this.change(status < 300 ? 'stored' : 'refused', removeCall(this.backlog, call))
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
