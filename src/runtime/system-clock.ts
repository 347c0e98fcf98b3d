import type { Clock } from './clock.ts'

/** setTimeout takes 31 bits of milliseconds, some 24 days; anything longer would be over at once. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * The machine's own time. `performance.now()` is CLOCK_MONOTONIC: it goes on while the process is stopped (SIGSTOP)
 * and does not follow steps of the wall clock.
 */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, task) {
    let timer: NodeJS.Timeout
    const wait = (left: number) => {
      // A deadline may pass while the wait until it is reckoned, and Node warns of a negative one.
      timer = left > LONGEST_MS ? setTimeout(wait, LONGEST_MS, left - LONGEST_MS) : setTimeout(task, Math.max(0, left))
    }
    wait(ms)
    return () => clearTimeout(timer)
  },
}
