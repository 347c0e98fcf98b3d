import type { Clock } from '../lib/clock.ts'

/**
 * The machine's own time. `performance.now()` is CLOCK_MONOTONIC: it goes on while the process is stopped (SIGSTOP)
 * and does not follow steps of the wall clock.
 */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms)
    return () => clearTimeout(timer)
  },
}
