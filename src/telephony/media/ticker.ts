import type { Clock } from '../../runtime/clock.ts'
import type { PaceStatistics } from './types.ts'

/** Length of a tick in milliseconds: the packet time of every call. */
export const TICK_MS = 20
/** After a stall at most so many ticks run at once, 100 ms: more would be a burst that jitter buffers throw away, and a stall of its own. */
const MOST_AT_ONCE = 5
/** Milliseconds after which a late tick lets what came meanwhile be read first. */
const LATE_MS = TICK_MS / 2
const REMEMBERED = 1_000

/** @param due when, by the monotonic clock in milliseconds: later by whole ticks than the one before, even where some were skipped */
export type TickTask = (due: number) => void

/** What a ticker counted. */
export interface TickFigures {
  readonly ran: number
  readonly skipped: number
  /** Ticks in unbroken runs, and the time that they took. */
  readonly measured: { readonly ms: number; readonly ticks: number }
  readonly worst: number
  /** How late the last ones were, milliseconds. */
  readonly late: Float64Array
}

/** How well several tickers keep their time together. */
export function paceOf(tickers: readonly TickFigures[]): PaceStatistics {
  const sum = (of: (ticker: TickFigures) => number) => tickers.reduce((total, ticker) => total + of(ticker), 0)
  const ms = sum(({ measured }) => measured.ms)
  const late = tickers.flatMap((ticker) => [...ticker.late]).sort((a, b) => a - b)
  return {
    ticks: sum(({ ran }) => ran),
    skipped: sum(({ skipped }) => skipped),
    clockError: ms === 0 ? 0 : (sum(({ measured }) => measured.ticks) * TICK_MS - ms) / ms,
    worstLateMs: Math.max(0, ...tickers.map(({ worst }) => worst)),
    p99LateMs: late[Math.floor(late.length * 0.99)] ?? 0,
  }
}

/**
 * One ticker for many calls. Each tick is due at a multiple of 20 ms after a fixed origin on the monotonic clock: a timer that is set again
 * from where it fired adds its delays up and is 0.6 % slow. Runs while it has tasks.
 */
export class Ticker {
  private readonly clock: Clock
  private readonly phase: number
  private readonly tasks = new Set<TickTask>()
  private cancel: (() => void) | undefined
  private origin = 0
  /** Number of the next tick, counted from the origin. */
  private next = 0
  /** How often it has begun: within a tick a task may end it and begin it again. */
  private run = 0
  private ran = 0
  private skipped = 0
  /** Time between first and last tick, of ended runs and of this one, and how many ticks it has. */
  private measured = { ms: 0, ticks: 0 }
  private firstAt: number | undefined
  private lastAt = 0
  private ranSinceFirst = 0
  private worst = 0
  private readonly late = new Float64Array(REMEMBERED)

  /** @param phase milliseconds, 0 to 20: ticks are due at multiples of 20 ms by the clock, and so much later */
  constructor(clock: Clock, phase = 0) {
    this.clock = clock
    this.phase = phase
  }

  /** @returns a function that takes the task out */
  add(task: TickTask): () => void {
    this.tasks.add(task)
    if (this.cancel === undefined) this.begin()
    return () => {
      this.tasks.delete(task)
      if (this.tasks.size === 0) this.end()
    }
  }

  figures(): TickFigures {
    const running = this.firstAt === undefined ? 0 : this.lastAt - this.firstAt
    return {
      ran: this.ran,
      skipped: this.skipped,
      measured: {
        ms: this.measured.ms + running,
        ticks: this.measured.ticks + Math.max(0, this.ranSinceFirst - 1),
      },
      worst: this.worst,
      late: this.late.slice(0, Math.min(this.ran, REMEMBERED)),
    }
  }

  private begin(): void {
    this.run++
    const now = this.clock.monotonic()
    const since = (now - this.phase) % TICK_MS
    this.origin = now - (since < 0 ? since + TICK_MS : since)
    this.next = 1
    this.wait(now)
  }

  private end(): void {
    this.cancel?.()
    this.cancel = undefined
    if (this.firstAt === undefined) return
    this.measured.ms += this.lastAt - this.firstAt
    this.measured.ticks += this.ranSinceFirst - 1
    this.firstAt = undefined
    this.ranSinceFirst = 0
  }

  private wait(now: number): void {
    this.cancel = this.clock.after(Math.max(0, this.origin + this.next * TICK_MS - now), () => this.wake())
  }

  /** @param isSecondTry it was late already, and packets had a chance since */
  private wake(isSecondTry = false): void {
    const now = this.clock.monotonic()
    // After a stall the packets of that time wait in the system: ticks that ran before they are read would take them for lost.
    if (!isSecondTry && now - (this.origin + this.next * TICK_MS) >= LATE_MS) {
      this.cancel = this.clock.after(0, () => this.wake(true))
      return
    }
    const last = Math.floor((now - this.origin) / TICK_MS)
    const missed = Math.max(0, last - this.next + 1 - MOST_AT_ONCE)
    this.skipped += missed
    const { run } = this
    this.next += missed
    while (this.next <= last && this.tasks.size > 0 && this.run === run) {
      const due = this.origin + this.next * TICK_MS
      this.note(now - due, now)
      this.next++
      for (const task of this.tasks) task(due)
    }
    if (this.tasks.size > 0 && this.run === run) this.wait(this.clock.monotonic())
  }

  private note(late: number, now: number): void {
    this.late[this.ran++ % REMEMBERED] = late
    this.worst = Math.max(this.worst, late)
    this.firstAt ??= now
    this.lastAt = now
    this.ranSinceFirst++
  }
}
