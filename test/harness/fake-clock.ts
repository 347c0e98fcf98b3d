import type { Clock } from '../../src/runtime/clock.ts'

interface Timer {
  at: number
  order: number
  task: () => void
}

/** A clock that moves only when a test moves it. Between two timers every promise that can settle does. */
export class FakeClock implements Clock {
  private time = 0
  private order = 0
  private timers: Timer[] = []
  /** Added to the wall clock only: a step of the system's time. */
  wallOffset = Date.UTC(2026, 0, 1)

  monotonic = () => this.time
  wall = () => this.time + this.wallOffset

  after = (ms: number, task: () => void) => {
    const timer: Timer = { at: this.time + Math.max(0, ms), order: this.order++, task }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  /** How many timers wait. */
  get pending(): number {
    return this.timers.length
  }

  /** Lets `ms` milliseconds pass; runs what falls due, in order. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms
    await settle()
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (!next) break
      this.timers.splice(this.timers.indexOf(next), 1)
      this.time = Math.max(this.time, next.at)
      next.task()
      await settle()
    }
    this.time = end
  }

  /** Time goes by but nothing runs: the process is stopped (SIGSTOP). */
  freeze(ms: number): void {
    this.time += ms
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
