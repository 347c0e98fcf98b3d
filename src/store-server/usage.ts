/** How much each namespace may keep: counted in the database now and then, and added up in between. */
import { isRefusal, refused, type StoreRefusal } from '../messages/store/refusal.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Usage } from '../store/postgres/tenant-store.ts'

export interface Quota {
  /** Of buckets, and generations of root keys. */
  readonly keys: number
  readonly octets: number
}

/** A count is this old at most, and takes a twentieth of the time at most: with millions of records it takes seconds. */
const COUNT_EVERY_MS = 60_000
const COUNT_SHARE = 20
/** Namespaces that wrote nothing for so long are forgotten. */
const FORGET_MS = 3_600_000

interface Counted {
  usage: Usage
  /** Monotonic milliseconds. */
  again: number
  asked: number
}

export interface UsageOptions {
  readonly quota: Quota
  readonly clock: Pick<Clock, 'monotonic'>
  readonly count: (namespace: string) => Promise<Usage | StoreRefusal>
}

export class Usages {
  readonly #o: UsageOptions
  readonly #known = new Map<string, Counted>()

  constructor(o: UsageOptions) {
    this.#o = o
  }

  /**
   * Whether something more may be stored. A count that is due goes on beside it; until the first has ended, what was stored since the program
   * started counts.
   */
  beyond(namespace: string): StoreRefusal | undefined {
    const now = this.#o.clock.monotonic()
    if (!this.#known.has(namespace)) this.#forget(now)
    const known = this.#known.get(namespace) ?? { usage: { keys: 0, octets: 0 }, again: now, asked: now }
    this.#known.set(namespace, known)
    known.asked = now
    if (now >= known.again) void this.#count(namespace, known)
    return this.#refusal(namespace, known.usage)
  }

  /** Something was stored since. */
  add(namespace: string, { keys = 0, octets = 0 }: Partial<Usage>): void {
    const known = this.#known.get(namespace)
    if (known) known.usage = { keys: known.usage.keys + keys, octets: known.usage.octets + octets }
  }

  /** By namespace. */
  *all(): Generator<readonly [string, Usage]> {
    for (const [namespace, { usage }] of this.#known) yield [namespace, usage]
  }

  #refusal(namespace: string, { keys, octets }: Usage): StoreRefusal | undefined {
    const { quota } = this.#o
    const of = (what: string, used: number, most: number, value: string) =>
      refused(
        'QuotaExceeded',
        `namespace ${namespace} has ${used} of ${most} ${what}: keep less, or have records.store.${value} of the chart raised`,
      )
    if (keys >= quota.keys) return of('keys', keys, quota.keys, 'keysPerNamespace')
    if (octets >= quota.octets) return of('octets', octets, quota.octets, 'octetsPerNamespace')
    return undefined
  }

  async #count(namespace: string, known: Counted): Promise<void> {
    const { clock, count } = this.#o
    const from = clock.monotonic()
    // Not again before this one has ended.
    known.again = Infinity
    const usage = await count(namespace).catch(() => undefined)
    const took = clock.monotonic() - from
    known.again = clock.monotonic() + Math.max(COUNT_EVERY_MS, COUNT_SHARE * took)
    // Of one that failed, what was counted before and added since goes on counting.
    if (usage !== undefined && !isRefusal(usage)) known.usage = usage
  }

  #forget(now: number): void {
    for (const [namespace, { asked }] of this.#known) if (now - asked > FORGET_MS) this.#known.delete(namespace)
  }
}
