import { backoff, type BackoffRule } from '../lib/backoff.ts'
import type { Clock } from '../runtime/clock.ts'
import { Heap } from '../lib/heap.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { Rotation } from './rotation.ts'
import { createAllowance } from './urgent-allowance.ts'

export type Priority = 'high' | 'normal' | 'low'

/** What is reported about a queue, for its metrics. Durations in seconds. */
export interface QueueObserver {
  added(priority: Priority): void
  started(priority: Priority, waitedSeconds: number): void
  finished(workedSeconds: number): void
  retried(): void
}

/**
 * Keys that wait to be worked on. A key is in the hands of one worker at a time, however often it is added. Of the same priority, namespaces (what
 * is before the slash of a key) are served in rotation, and within a namespace the key that waits longest is first.
 */
export interface WorkQueue {
  /** Adds a key, `normal` by default. A key that waits already is moved forward at most; one being worked on comes back once. */
  add(key: string, priority?: Priority): void
  /** Adds a key after a time; of several the earliest counts. */
  addAfter(key: string, seconds: number, priority?: Priority): void
  /** Adds a key that failed after its own growing wait. Returns that wait in seconds. */
  retry(key: string, priority?: Priority): number
  /** The key did well: its next failure waits as briefly as a first one. */
  forget(key: string): void
  /** The key to work on next; `undefined` when the queue is closed or the signal aborts. Pair it with `done`. */
  next(signal?: AbortSignal): Promise<string | undefined>
  /** The worker has finished with the key, well or not. */
  done(key: string): void
  /** Hands a key back untouched, at the place that it had. */
  giveBack(key: string): void
  /** How many keys wait now (not those that are due later). */
  depth(priority?: Priority): number
  /** For how long each key in work has been so, in seconds. */
  running(): number[]
  /** No key is handed out any more and none is taken. */
  close(): void
}

export interface QueueOptions {
  clock?: Clock
  /** A number in [0, 1): the luck of the draw for waits. */
  chance?: () => number
  retryRule?: BackoffRule
  observe?: QueueObserver
}

/** 5 ms, 10 ms, 20 ms ... 300 s, each shortened by up to a fifth. */
const RETRIES: BackoffRule = { first: 5, factor: 2, most: 300_000, jitter: 0.2 }

/**
 * A key's place is the time of its adding plus this head start of the more urgent, in milliseconds. The priority with the smallest place is served,
 * so it is overtaken by others only for that span, never for ever.
 */
export const HEAD_START: Record<Priority, number> = { high: 0, normal: 5_000, low: 60_000 }

interface Waiting {
  key: string
  priority: Priority
  since: number
  place: number
  order: number
}

interface DelayedEntry {
  key: string
  priority: Priority
  due: number
  order: number
}

export function createQueue(options: QueueOptions = {}): WorkQueue {
  return new Queue(options)
}

class Queue implements WorkQueue {
  private readonly clock: Clock
  private readonly chance: () => number
  private readonly rule: BackoffRule
  private readonly observe: QueueObserver | undefined
  // Entries of lines and calendar may be out of date; the maps hold the valid one of each key.
  private readonly waiting = new Map<string, Waiting>()
  private readonly lines: Record<Priority, Rotation<Waiting>>
  private readonly mayBeUrgent: (key: string, now: number) => boolean
  private readonly calendar = new Heap<DelayedEntry>((a, b) => a.due < b.due || (a.due === b.due && a.order < b.order))
  private readonly later = new Map<string, DelayedEntry>()
  private readonly working = new Map<string, { entry: Waiting; since: number }>()
  private readonly again = new Map<string, Priority>()
  private readonly failures = new Map<string, number>()
  private readonly depths: Record<Priority, number> = { high: 0, normal: 0, low: 0 }
  private hands: ((key: string | undefined) => void)[] = []
  private alarm: { due: number; cancel: () => void } | undefined
  private order = 0
  private closed = false

  constructor(options: QueueOptions) {
    this.clock = options.clock ?? systemClock
    this.chance = options.chance ?? Math.random
    this.rule = options.retryRule ?? RETRIES
    this.observe = options.observe
    const line = () => new Rotation<Waiting>((entry) => this.waiting.get(entry.key) === entry)
    this.lines = { high: line(), normal: line(), low: line() }
    this.mayBeUrgent = createAllowance()
  }

  add(key: string, wanted: Priority = 'normal'): void {
    if (this.closed) return
    if (this.working.has(key)) {
      this.again.set(key, moreUrgent(this.again.get(key), wanted))
      return
    }
    const now = this.clock.monotonic()
    const before = this.waiting.get(key)
    if (before?.priority === 'high') return
    const priority = wanted === 'high' && !this.mayBeUrgent(key, now) ? 'normal' : wanted
    const place = now + HEAD_START[priority]
    if (before && before.place <= place) return
    if (before) this.depths[before.priority]--
    else this.observe?.added(priority)
    this.enqueue({ key, priority, since: before?.since ?? now, place, order: this.order++ })
  }

  addAfter(key: string, seconds: number, priority: Priority = 'normal'): void {
    if (this.closed) return
    if (!(seconds > 0)) return this.add(key, priority)
    const due = this.clock.monotonic() + seconds * 1000
    const before = this.later.get(key)
    const entry: DelayedEntry = { key, priority: moreUrgent(before?.priority, priority), due, order: this.order++ }
    if (before && before.due <= due) {
      before.priority = entry.priority
      return
    }
    this.later.set(key, entry)
    this.calendar.push(entry)
    this.setAlarm()
  }

  retry(key: string, priority: Priority = 'normal'): number {
    const failures = (this.failures.get(key) ?? 0) + 1
    this.failures.set(key, failures)
    const seconds = backoff(this.rule, failures, this.chance()) / 1000
    this.observe?.retried()
    this.addAfter(key, seconds, priority)
    return seconds
  }

  forget(key: string): void {
    this.failures.delete(key)
  }

  next(signal?: AbortSignal): Promise<string | undefined> {
    if (this.closed || signal?.aborted) return Promise.resolve(undefined)
    const key = this.take()
    if (key !== undefined) return Promise.resolve(key)
    return new Promise((resolve) => {
      const hand = (given: string | undefined) => {
        signal?.removeEventListener('abort', leave)
        resolve(given)
      }
      const leave = () => {
        this.hands = this.hands.filter((other) => other !== hand)
        resolve(undefined)
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.hands.push(hand)
    })
  }

  done(key: string): void {
    const work = this.working.get(key)
    if (!work) return
    this.working.delete(key)
    this.observe?.finished((this.clock.monotonic() - work.since) / 1000)
    const again = this.again.get(key)
    this.again.delete(key)
    if (again) this.add(key, again)
  }

  giveBack(key: string): void {
    const work = this.working.get(key)
    if (!work) return
    this.working.delete(key)
    const again = this.again.get(key)
    this.again.delete(key)
    if (this.closed) return
    this.enqueue({ ...work.entry, order: this.order++ })
    if (again) this.add(key, again)
  }

  depth(priority?: Priority): number {
    return priority ? this.depths[priority] : this.waiting.size
  }

  running(): number[] {
    const now = this.clock.monotonic()
    return Array.from(this.working.values(), ({ since }) => (now - since) / 1000)
  }

  close(): void {
    this.closed = true
    this.alarm?.cancel()
    this.alarm = undefined
    for (const hand of this.hands.splice(0)) hand(undefined)
  }

  private enqueue(entry: Waiting): void {
    this.waiting.set(entry.key, entry)
    this.depths[entry.priority]++
    this.lines[entry.priority].add(entry)
    if (this.hands.length > 0) {
      const key = this.take()
      if (key !== undefined) this.hands.shift()!(key)
    }
  }

  private take(): string | undefined {
    const line = this.mostUrgentLine()
    const entry = line?.take()
    if (entry === undefined) return undefined
    this.waiting.delete(entry.key)
    this.depths[entry.priority]--
    const now = this.clock.monotonic()
    this.working.set(entry.key, { entry, since: now })
    this.observe?.started(entry.priority, (now - entry.since) / 1000)
    return entry.key
  }

  private mostUrgentLine(): Rotation<Waiting> | undefined {
    const placeOf = (line: Rotation<Waiting>) => line.first()?.place ?? Infinity
    const { high, normal, low } = this.lines
    const line = [high, normal, low].reduce((most, each) => (placeOf(each) < placeOf(most) ? each : most))
    return line.first() === undefined ? undefined : line
  }

  /** One timer for the whole calendar: it rings for the earliest entry. */
  private setAlarm(): void {
    const first = this.calendar.peek()
    if (!first || (this.alarm && this.alarm.due <= first.due)) return
    this.alarm?.cancel()
    const cancel = this.clock.after(first.due - this.clock.monotonic(), () => this.ring())
    this.alarm = { due: first.due, cancel }
  }

  private ring(): void {
    this.alarm = undefined
    const now = this.clock.monotonic()
    for (let first = this.calendar.peek(); first && first.due <= now; first = this.calendar.peek()) {
      this.calendar.pop()
      if (this.later.get(first.key) !== first) continue
      this.later.delete(first.key)
      this.add(first.key, first.priority)
    }
    this.setAlarm()
  }
}

const URGENCY: Record<Priority, number> = { high: 2, normal: 1, low: 0 }

function moreUrgent(a: Priority | undefined, b: Priority): Priority {
  return a && URGENCY[a] >= URGENCY[b] ? a : b
}
