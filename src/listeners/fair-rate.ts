import type { Clock } from '../runtime/clock.ts'

const WINDOW_MS = 1_000
/** An address always has so many a second: a kubelet's probes, and some more. */
const LEAST = 5

export interface FairRateLimits {
  /** Of one address in a second. */
  readonly perAddress: number
  /** Of all addresses in a second. When they want more it is shared: who wants little gets it. */
  readonly together: number
}

/** Shares what may begin in a second evenly among the addresses that want something, so that many busy ones don't shut out a quiet one. */
export class FairRate {
  readonly #limits: FairRateLimits
  readonly #clock: Pick<Clock, 'monotonic'>
  #taken = new Map<string, number>()
  #addressesBefore = 0
  #begun = -Infinity

  constructor(limits: FairRateLimits, clock: Pick<Clock, 'monotonic'>) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Takes one for that address; false: it has had its share of this second. */
  take(address: string): boolean {
    const { perAddress, together } = this.#limits
    this.#turn(this.#clock.monotonic())
    const taken = this.#taken.get(address) ?? 0
    const addresses = Math.max(this.#addressesBefore, this.#taken.size + (taken === 0 ? 1 : 0))
    if (taken >= Math.min(perAddress, Math.max(LEAST, together / addresses))) return false
    this.#taken.set(address, taken + 1)
    return true
  }

  #turn(now: number): void {
    if (now - this.#begun < WINDOW_MS) return
    this.#addressesBefore = now - this.#begun < 2 * WINDOW_MS ? this.#taken.size : 0
    this.#taken = new Map()
    this.#begun = now
  }
}
