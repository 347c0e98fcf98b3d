import type { Clock } from '../../runtime/clock.ts'

/** RFC 3261 17.1.1.1, milliseconds. T1: the round trip; T2: the longest wait between two tries; T4: how long the network keeps a message. */
export const T1 = 500
export const T2 = 4_000
export const T4 = 5_000
/** Timers B, F, H, J, L and M. */
export const GIVE_UP = 64 * T1
/** Timer D over an unreliable transport: at least 32 s. */
export const TIMER_D = 32_000
/** RFC 3261 17.2.1: an INVITE that isn't answered by then gets 100. */
export const TRYING = 200

/** Timer A: each wait twice the one before. */
export const doubling = (wait: number) => 2 * wait
/** Timers E and G: the same, but never longer than T2. */
export const doublingToT2 = (wait: number) => Math.min(2 * wait, T2)

/** Runs `task` after T1, and then after the waits that `next` makes of the one before. Returns a function that ends it. */
export function repeat(clock: Clock, next: (wait: number) => number, task: () => void): () => void {
  let wait = T1
  let cancel = clock.after(wait, again)
  function again(): void {
    wait = next(wait)
    cancel = clock.after(wait, again)
    task()
  }
  return () => cancel()
}

/** The timers of a transaction, which end together. */
export class Timers {
  readonly #clock: Clock
  #cancels: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  after(ms: number, task: () => void): void {
    this.#cancels.push(this.#clock.after(ms, task))
  }

  repeat(next: (wait: number) => number, task: () => void): void {
    this.#cancels.push(repeat(this.#clock, next, task))
  }

  end(): void {
    for (const cancel of this.#cancels) cancel()
    this.#cancels = []
  }
}
