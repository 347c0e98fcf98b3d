import { describeApiFault } from './api-fault.ts'
import { named } from '../runtime/log-fields.ts'
import { pause, type Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { asLostLeadership, LostLeadership } from './fence.ts'
import type { WorkQueue } from './queue.ts'

export interface ReconcileResult {
  /** Look at the object again after this many seconds, even when nothing happens. */
  recheckAfterSeconds?: number
}

/** Works on one key, from what is true now. Throws when something went wrong that a later try may fix. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<ReconcileResult | undefined | void>

export type Result = 'success' | 'requeue_after' | 'requeue' | 'error'

/** What is reported about a controller, for its metrics. */
export interface ControllerObserver {
  started(): void
  finished(result: Result, seconds: number): void
  /** A write of a stale leader was refused. */
  fenced(): void
}

export interface ControllerOptions {
  name: string
  queue: WorkQueue
  /** How many keys are worked on at once. */
  concurrency: number
  reconcile: Reconcile
  /** Asked before each key: does this process lead, by its own clock? */
  mayWork: () => boolean
  log: Log
  metrics?: ControllerObserver
  clock?: Clock
  /** A reconcile that takes longer is stopped (its signal aborts) and counts as failed. 60 s by default. */
  timeoutSeconds?: number
}

export interface Controller {
  /** Looks at once whether work is allowed. Call it when leadership begins: else it takes up to 100 ms. */
  wake(): void
  /** Tells every running reconcile to stop, as leadership ended. Their keys wait for the next term. */
  interrupt(): void
  /** How long the longest reconcile that ignores its signal has overrun its time, in seconds; 0 when all is well. */
  stuckSeconds(): number
  /** Takes no new key, waits for the running ones up to the deadline (10 s by default), then aborts them. */
  stop(deadlineSeconds?: number): Promise<void>
}

/** Who wants to look again sooner than this waits for something; later looks are routine, and give way. Seconds. */
const ROUTINE = 1
/** How often workers without leadership look again, ms. */
const LOOK_AGAIN = 100

export function startController(options: ControllerOptions): Controller {
  return new Workers(options)
}

class Workers implements Controller {
  private readonly options: ControllerOptions
  private readonly clock: Clock
  private readonly stopping = new AbortController()
  private readonly runs = new Set<AbortController>()
  private readonly workers: Promise<void>[]
  private gate: Promise<void> | undefined
  private open = new AbortController()

  constructor(options: ControllerOptions) {
    this.options = options
    this.clock = options.clock ?? systemClock
    this.workers = Array.from({ length: options.concurrency }, () => this.work())
  }

  wake(): void {
    this.open.abort()
  }

  interrupt(): void {
    for (const run of this.runs) run.abort(new LostLeadership('The lease was lost while this was under way.'))
  }

  stuckSeconds(): number {
    return Math.max(0, ...this.options.queue.running().map((seconds) => seconds - this.timeout))
  }

  async stop(deadlineSeconds = 10): Promise<void> {
    this.stopping.abort()
    this.open.abort()
    const drained = Promise.all(this.workers)
    const inTime = new AbortController()
    const late = pause(this.clock, deadlineSeconds * 1000, inTime.signal).then(() => {
      if (inTime.signal.aborted) return
      this.options.log.warn(
        { controller: named(this.options.name), running: this.runs.size },
        'reconciles were interrupted by the stop',
      )
      for (const run of this.runs) run.abort(new Error('The operator is stopping.'))
    })
    // Who ignores even the abort is left behind: the process is about to end.
    await Promise.race([drained, late.then(() => pause(this.clock, 1000, inTime.signal))])
    inTime.abort()
  }

  private get timeout(): number {
    return this.options.timeoutSeconds ?? 60
  }

  private async work(): Promise<void> {
    const { queue, mayWork } = this.options
    const { signal } = this.stopping
    while (!signal.aborted) {
      if (!mayWork()) {
        await this.waitForLeadership()
        continue
      }
      const key = await queue.next(signal)
      if (key === undefined) return
      if (signal.aborted || !mayWork()) queue.giveBack(key)
      else await this.handle(key)
    }
  }

  /** One timer for all workers. */
  private waitForLeadership(): Promise<void> {
    this.gate ??= pause(this.clock, LOOK_AGAIN, this.open.signal).then(() => {
      this.gate = undefined
      this.open = new AbortController()
    })
    return this.gate
  }

  private async handle(key: string): Promise<void> {
    const { queue, metrics, name, log } = this.options
    const began = this.clock.monotonic()
    let result: Result
    metrics?.started()
    try {
      const outcome = await this.run(key)
      queue.forget(key)
      const recheck = outcome?.recheckAfterSeconds
      if (recheck !== undefined) queue.addAfter(key, recheck, recheck < ROUTINE ? 'normal' : 'low')
      result = recheck === undefined ? 'success' : 'requeue_after'
    } catch (thrown) {
      const error = asLostLeadership(thrown)
      if (error instanceof LostLeadership) {
        result = 'requeue'
        metrics?.fenced()
        this.requeueLater(key)
      } else {
        result = 'error'
        const seconds = queue.retry(key)
        log.warn(
          { controller: named(name), key: named(key), retryInSeconds: seconds, ...describeApiFault(error) },
          'reconcile failed',
        )
      }
    }
    queue.done(key)
    metrics?.finished(result, (this.clock.monotonic() - began) / 1000)
  }

  /**
   * Work of a term that is over waits for the next. When this process leads all the same, it is new at it and the fence
   * has not seen that yet: a moment. If it lasts, something is wrong with the fence, and somebody should know.
   */
  private requeueLater(key: string): void {
    const { queue, name, log, mayWork } = this.options
    if (!mayWork()) return queue.addAfter(key, LOOK_AGAIN / 1000)
    const seconds = queue.retry(key)
    const level = seconds < 2 ? 'debug' : 'warn'
    log[level](
      { controller: named(name), key: named(key), retryInSeconds: seconds },
      'a write was rejected: another pod holds the lease',
    )
  }

  private async run(key: string): Promise<ReconcileResult | undefined | void> {
    const run = new AbortController()
    const cancel = this.clock.after(this.timeout * 1000, () =>
      run.abort(new Error(`The reconcile took longer than ${this.timeout} s.`)),
    )
    this.runs.add(run)
    try {
      const outcome = await this.options.reconcile(key, run.signal)
      return outcome
    } catch (error) {
      // What a reconcile throws after an abort is mostly "aborted": the reason says more.
      throw run.signal.aborted ? run.signal.reason : error
    } finally {
      cancel()
      this.runs.delete(run)
    }
  }
}
