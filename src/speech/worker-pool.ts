import { describeBug } from '../runtime/redacted-error.ts'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { FairQueue, type QueueLane } from './fair-queue.ts'
import { Overloaded, TimedOut } from './api-errors.ts'
import type { WorkerAnswer, WorkerTask } from './engine-worker.ts'

/** A worker that died is started again after this time, so that a broken model doesn't take the whole processor. */
const RESTART_MS = 1_000

export interface RunOptions {
  readonly lane: QueueLane
  /** From now on, waiting included. Absent: as long as it takes. */
  readonly timeoutMs?: number
  /** Aborts when nobody wants the result any more. */
  readonly signal?: AbortSignal
  /** Whose it is. Each tenant gets the same work. */
  readonly tenant?: string
  /** What it will take, against other jobs of the pool: 1 by default. */
  readonly cost?: number
  /** The rest of something that has begun: taken even when the lane is full. */
  readonly mustFit?: boolean
}

/** Tells what happened to each job, for the metrics. Seconds. */
export interface PoolObserver {
  waited(seconds: number): void
  worked(seconds: number): void
}

/** Some workers of one kind and the lanes before them. */
export interface Pool<Job, Result> {
  /** @throws Overloaded, TimedOut, the signal's reason, or what the engine threw */
  run(job: Job, options: RunOptions): Promise<Result>
  /** Workers that are loaded. */
  ready(): number
  waiting(lane: QueueLane): number
  /** Seconds that the oldest job has been with its worker; 0 when none is. */
  longestRun(): number
  close(): Promise<void>
}

interface QueuedJob<Job, Result> {
  job: Job
  since: number
  settle: (end: { result: Result } | { error: Error }) => void
}

interface WorkerSlot<Job, Result> {
  worker: Worker
  isReady: boolean
  queued?: QueuedJob<Job, Result> | undefined
  begun: number
}

interface PoolOptions {
  /** The program of a worker; src/speech/engine-worker.ts by default. */
  script?: URL
  task: WorkerTask
  size: number
  room: Record<QueueLane, number>
  clock: Clock
  log: Log
  observer: PoolObserver
}

export function createPool<Job, Result>(options: PoolOptions): Pool<Job, Result> {
  return new Workers<Job, Result>(options)
}

class Workers<Job, Result> implements Pool<Job, Result> {
  private readonly o: PoolOptions
  private readonly queue: FairQueue<QueuedJob<Job, Result>>
  private readonly slots: WorkerSlot<Job, Result>[] = []
  private isClosed = false

  constructor(options: PoolOptions) {
    this.o = options
    this.queue = new FairQueue(options.room)
    for (let index = 0; index < options.size; index++) this.startWorker(index)
  }

  run(job: Job, { lane, timeoutMs, signal, mustFit, tenant = '', cost = 1 }: RunOptions): Promise<Result> {
    const { clock } = this.o
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const leave = () => ticket.settle({ error: signal!.reason as Error })
      const late = () => ticket.settle({ error: new TimedOut() })
      const callOff = timeoutMs === undefined ? () => undefined : clock.after(timeoutMs, late)
      const ticket: QueuedJob<Job, Result> = {
        job,
        since: clock.monotonic(),
        // What the worker still says about a job that nobody waits for finds a promise that is settled.
        settle: (end) => {
          callOff()
          signal?.removeEventListener('abort', leave)
          this.queue.remove(ticket)
          if ('error' in end) reject(end.error)
          else resolve(end.result)
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.queue.push(ticket, lane, { tenant, cost }, mustFit)?.settle({ error: new Overloaded() })
      this.assign()
    })
  }

  ready(): number {
    return this.slots.filter(({ isReady }) => isReady).length
  }

  waiting(lane: QueueLane): number {
    return this.queue.length(lane)
  }

  longestRun(): number {
    const now = this.o.clock.monotonic()
    return Math.max(0, ...this.slots.map(({ queued, begun }) => (queued === undefined ? 0 : (now - begun) / 1_000)))
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.all(this.slots.map(({ worker }) => worker.terminate()))
  }

  private startWorker(index: number): void {
    const { task, log, clock, script = new URL('./engine-worker.ts', import.meta.url) } = this.o
    const worker = new Worker(script, { workerData: task })
    const slot: WorkerSlot<Job, Result> = { worker, isReady: false, begun: 0 }
    this.slots[index] = slot
    worker.on('message', (answer: WorkerAnswer) => this.onAnswer(slot, answer))
    worker.on('error', (err: Error) => log.error({ ...describeBug(err), kind: task.kind }, 'a worker failed'))
    worker.on('exit', () => {
      slot.isReady = false
      slot.queued?.settle({ error: new Error('the engine stopped while it worked') })
      slot.queued = undefined
      if (!this.isClosed) clock.after(RESTART_MS, () => this.isClosed || this.startWorker(index))
    })
  }

  private onAnswer(slot: WorkerSlot<Job, Result>, answer: WorkerAnswer): void {
    if (answer.kind === 'ready') slot.isReady = true
    else {
      this.o.observer.worked((this.o.clock.monotonic() - slot.begun) / 1_000)
      const end = answer.kind === 'done' ? { result: answer.result as Result } : { error: new Error(answer.message) }
      slot.queued?.settle(end)
      slot.queued = undefined
    }
    this.assign()
  }

  private assign(): void {
    for (const slot of this.slots) {
      if (!slot.isReady || slot.queued !== undefined) continue
      const ticket = this.queue.next()
      if (ticket === undefined) return
      slot.queued = ticket
      slot.begun = this.o.clock.monotonic()
      this.o.observer.waited((slot.begun - ticket.since) / 1_000)
      slot.worker.postMessage(ticket.job)
    }
  }
}
