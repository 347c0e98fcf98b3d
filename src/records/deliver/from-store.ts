/** Delivers stored records: calls that wait in the database, each by one of the replicas at a time. */
import { isFailure } from '../../seal/failure.ts'
import { unwrapBucketKey } from '../../seal/bucket-key.ts'
import { openRecord } from '../../seal/record.ts'
import type { Roots } from '../../seal/roots.ts'
import type { DataClass } from '../../seal/sealed.ts'
import { backoff, type BackoffRule } from '../../lib/backoff.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { describeBug } from '../../runtime/redacted-error.ts'
import { isRefusal } from '../../messages/store/refusal.ts'
import type { ClaimedDelivery, RecordRow } from '../../messages/store/rows.ts'
import type { TenantStore } from '../../store/tenant-store.ts'
import type { RootsFile } from '../roots-file.ts'
import type { MessageFate } from '../metrics.ts'
import type { Receiver, Receivers } from './receivers.ts'

export interface StoredDeliveries {
  /** Calls that wait, at the newest count. */
  readonly waiting: number
  /** Something was stored that is to be delivered. */
  wake(): void
  /** Waits for the running tries. */
  close(): Promise<void>
}

export interface StoredDeliveriesOptions {
  readonly store: TenantStore
  readonly roots: RootsFile
  readonly receivers: Receivers
  /** Records were opened, and are delivered, or not. */
  readonly onHandled: () => void
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  readonly log: Log
}

const AT_ONCE = 8
/** How long a delivery is one replica's: longer than a try takes. One that was killed loses it then. */
const LEASE_MS = 15_000
const EVERY_MS = 1_000
/** A delivery that this replica can't make now: its policy has none here, or a key is missing. */
const UNABLE_MS = 10_000
/** The last try is so long before its end: a receiver that answers slowly shall have the time to. */
const LAST_TRY_MS = 2_000
/** After failures in a row, be it of the database or of the receivers. */
const FAILURES: BackoffRule = { first: 1_000, most: 10_000, factor: 2, jitter: 0.5 }

interface Opened {
  readonly class: DataClass
  readonly sequence: number
  readonly expiresAt: number
  readonly body: Buffer
}

export const deliverStored = (o: StoredDeliveriesOptions): StoredDeliveries => new Running(o)

class Running implements StoredDeliveries {
  waiting = 0
  private readonly o: StoredDeliveriesOptions
  private readonly ending = new AbortController()
  private hurry = new AbortController()
  private failures = 0
  private readonly done: Promise<void>

  constructor(o: StoredDeliveriesOptions) {
    this.o = o
    this.done = o.receivers.size === 0 ? Promise.resolve() : this.run()
  }

  wake(): void {
    // While receivers or the database fail, the pause stays.
    if (this.failures === 0) this.hurry.abort()
  }

  async close(): Promise<void> {
    this.ending.abort()
    this.hurry.abort()
    await this.done
  }

  private async run(): Promise<void> {
    const { clock, log, random } = this.o
    while (!this.ending.signal.aborted) {
      this.hurry = new AbortController()
      const claimed = await this.look().catch((error: unknown) => {
        log.error(describeBug(error), 'stored records could not be delivered')
        this.failures++
        return 0
      })
      if (claimed === AT_ONCE && this.failures === 0) continue
      const wait = this.failures === 0 ? EVERY_MS : backoff(FAILURES, this.failures, random())
      await pause(clock, wait, AbortSignal.any([this.hurry.signal, this.ending.signal]))
    }
  }

  /** How many were due. */
  private async look(): Promise<number> {
    const queue = this.o.store.deliveries
    const claimed = await queue.claim(AT_ONCE, LEASE_MS)
    const waiting = await queue.waiting()
    if (isRefusal(claimed) || isRefusal(waiting)) {
      this.failures++
      return 0
    }
    this.waiting = waiting
    const results = await Promise.all(claimed.map((one) => this.deliver(one)))
    if (claimed.length > 0) this.o.onHandled()
    if (results.includes('failed')) this.failures++
    else if (results.includes('done') || claimed.length === 0) this.failures = 0
    return claimed.length
  }

  private async deliver(claimed: ClaimedDelivery): Promise<'done' | 'failed' | 'unable'> {
    const { clock, receivers } = this.o
    const { call, giveUpAt, tries } = claimed
    const receiver = receivers.get(claimed.policy)
    const isOver = tries > 0 && clock.wall() >= giveUpAt
    if (receiver === undefined) {
      await (isOver ? this.queue.remove(call) : this.queue.postpone(call, UNABLE_MS))
      return 'unable'
    }
    if (isOver) return this.settle(receiver, call, 'given-up')
    const records = await this.read(receiver, call)
    if (records === undefined) {
      await this.queue.postpone(call, UNABLE_MS)
      return 'unable'
    }
    try {
      return await this.send(receiver, claimed, records)
    } finally {
      for (const { body } of records) body.fill(0)
    }
  }

  private async send(receiver: Receiver, { call, giveUpAt, tries }: ClaimedDelivery, records: readonly Opened[]) {
    if (records.length === 0) return this.settle(receiver, call, 'expired')
    const until = Math.min(...records.map(({ expiresAt }) => expiresAt))
    const sent = await receiver.send({ call, source: 'store', records, until, tries })
    if (sent.kind === 'delivered') return this.settle(receiver, call, 'delivered')
    if (sent.kind === 'nothing') return this.settle(receiver, call, 'expired')
    if (sent.kind === 'refused') return this.settle(receiver, call, 'refused')
    if (this.o.clock.wall() + sent.waitMs >= giveUpAt) {
      const left = giveUpAt - this.o.clock.wall()
      if (left <= 0) return this.settle(receiver, call, 'given-up')
      await this.queue.postpone(call, Math.max(LAST_TRY_MS, left - LAST_TRY_MS))
    } else await this.queue.postpone(call, sent.waitMs)
    return 'failed' as const
  }

  private async settle(receiver: Receiver, call: string, fate: MessageFate) {
    const removed = await this.queue.remove(call)
    // It comes again under the same id, and counts then.
    if (isRefusal(removed)) return 'failed' as const
    receiver.settled('store', fate)
    return 'done' as const
  }

  private get queue() {
    return this.o.store.deliveries
  }

  /** None: they have expired, or were erased. Undefined: they can't be read now. */
  private async read({ target }: Receiver, call: string): Promise<Opened[] | undefined> {
    const rows = await this.o.store.read(call)
    if (isRefusal(rows)) return undefined
    const wanted = rows.filter(({ class: dataClass, bucket }) => {
      return bucket.policy === target.policy && target.classes.includes(dataClass)
    })
    return this.o.roots.use((roots) => Promise.resolve(openAll(wanted, roots, this.o.clock.wall())))
  }
}

/** Undefined: a key is missing. What has expired is left out. */
function openAll(rows: readonly RecordRow[], roots: Roots, now: number): Opened[] | undefined {
  const opened: Opened[] = []
  for (const { bucket, wrapped, call, ...stored } of rows) {
    const key = unwrapBucketKey(wrapped, bucket, roots)
    const plain = isFailure(key) ? key : openRecord({ bucket, call }, stored, key, now)
    if (!isFailure(key)) key.fill(0)
    if (!isFailure(plain)) opened.push({ ...stored, body: plain })
    else if (plain.reason !== 'Expired') {
      for (const { body } of opened) body.fill(0)
      return undefined
    }
  }
  return opened
}
