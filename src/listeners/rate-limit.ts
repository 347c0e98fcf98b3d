import type { Clock } from '../runtime/clock.ts'

/** Above this many sources the ones that are full again are forgotten. */
const SOURCES = 10_000

interface Bucket {
  tokens: number
  at: number
}

/** Lets `perSecond` things a second through for each source, `atOnce` in one go: a token bucket each. */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>()
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #perSecond: number
  readonly #atOnce: number

  constructor(clock: Pick<Clock, 'monotonic'>, o: { perSecond: number; atOnce: number }) {
    this.#clock = clock
    this.#perSecond = o.perSecond
    this.#atOnce = o.atOnce
  }

  /** Takes one token of that source; false: it has none left. */
  take(source: string): boolean {
    const now = this.#clock.monotonic()
    let bucket = this.#buckets.get(source)
    if (bucket === undefined) {
      if (this.#buckets.size >= SOURCES) this.#forget(now)
      bucket = { tokens: this.#atOnce, at: now }
      this.#buckets.set(source, bucket)
    }
    bucket.tokens = this.#level(bucket, now)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  /** How many sources are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  #level({ tokens, at }: Bucket, now: number): number {
    return Math.min(this.#atOnce, tokens + ((now - at) / 1_000) * this.#perSecond)
  }

  #forget(now: number): void {
    for (const [source, bucket] of this.#buckets) {
      if (this.#level(bucket, now) >= this.#atOnce) this.#buckets.delete(source)
    }
    // All of them are busy: a flood from forged addresses. Whoever is honest starts with a full bucket again.
    if (this.#buckets.size >= SOURCES) this.#buckets.clear()
  }
}
