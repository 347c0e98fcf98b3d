import type { HeardTone } from './tone-detector.ts'

/** A tone that went out, and when, milliseconds. */
export interface SentTone {
  readonly tone: number
  readonly at: number
}

export interface Echo {
  /** For each tone that went out, after how many milliseconds it came back; undefined: it did not. */
  readonly delays: readonly (number | undefined)[]
  /** Tones that were heard and are no echo of these. */
  readonly others: number
}

/** The longest way there and back that counts, milliseconds: who talks with such a delay gives up. */
export const MOST_DELAY_MS = 3_000
/** Delays of one call are so close together, whatever the jitter, and shorter than from one tone to the next. */
const BUCKET_MS = 50
const WINDOW = 4

/**
 * Which of the tones that went out came back, and when. The delays of an echo are alike, and that tells it from the echo of another call, which
 * has the same tones in another order: the delay counts by which most of them came back.
 * @param sent in the order of time, and so `heard`. Time and memory grow with both, not with their product
 */
export function findEcho(sent: readonly SentTone[], heard: readonly HeardTone[]): Echo {
  const buckets = Array.from({ length: MOST_DELAY_MS / BUCKET_MS }, () => new Map<number, number>())
  let from = 0
  for (const [index, { tone, at }] of sent.entries()) {
    while (from < heard.length && heard[from]!.at < at) from++
    for (let next = from; next < heard.length && heard[next]!.at < at + MOST_DELAY_MS; next++) {
      if (heard[next]!.tone !== tone) continue
      const delay = heard[next]!.at - at
      const bucket = buckets[Math.floor(delay / BUCKET_MS)]!
      if (!bucket.has(index)) bucket.set(index, delay)
    }
  }
  const best = fullestWindow(buckets)
  const delays = sent.map((_, index) => best.get(index))
  return { delays, others: heard.length - best.size }
}

/** The delays of the tones in the neighbouring buckets that hold most of them: the earliest of each. */
function fullestWindow(buckets: readonly ReadonlyMap<number, number>[]): ReadonlyMap<number, number> {
  let best: ReadonlyMap<number, number> = new Map()
  for (let first = 0; first < buckets.length; first++) {
    const window = new Map<number, number>()
    for (const bucket of buckets.slice(first, first + WINDOW))
      for (const [index, delay] of bucket) if (!window.has(index)) window.set(index, delay)
    if (window.size > best.size) best = window
  }
  return best
}
