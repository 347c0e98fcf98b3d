import type { Clock } from './clock.ts'

/**
 * The machine's own time. `performance.now()` is CLOCK_MONOTONIC: it goes on while the process is stopped (SIGSTOP)
 * and does not follow steps of the wall clock.
 */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, task) {
    // A deadline may pass while the wait until it is reckoned, and Node warns of a negative one.
    const timer = setTimeout(task, Math.max(0, ms))
    return () => clearTimeout(timer)
  },
}
