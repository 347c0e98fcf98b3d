import { Worker } from 'node:worker_threads'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { Lanes, type Lane } from './lanes.ts'
import { Overloaded, TimedOut } from './problems.ts'
import type { WorkerAnswer, WorkerTask } from './worker.ts'

/** A worker that died is started again after this time, so that a broken model doesn't take the whole processor. */
const RESTART_MS = 1_000

export interface RunOptions {
  readonly lane: Lane
  /** From now on, waiting included. Absent: as long as it takes. */
  readonly timeoutMs?: number
  /** Aborts when nobody wants the result any more. */
  readonly signal?: AbortSignal
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
  waiting(lane: Lane): number
  /** Seconds that the oldest job has been with its worker; 0 when none is. */
  longestRun(): number
  close(): Promise<void>
}

interface Ticket<Job, Result> {
  job: Job
  since: number
  settle: (end: { result: Result } | { error: Error }) => void
}

interface Place<Job, Result> {
  worker: Worker
  isReady: boolean
  ticket?: Ticket<Job, Result> | undefined
  begun: number
}

interface PoolOptions {
  task: WorkerTask
  size: number
  room: Record<Lane, number>
  clock: Clock
  log: Log
  observer: PoolObserver
}

export function createPool<Job, Result>(o: PoolOptions): Pool<Job, Result> {
  const lanes = new Lanes<Ticket<Job, Result>>(o.room)
  const places: Place<Job, Result>[] = []
  let isClosed = false

  function hire(index: number): void {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: o.task })
    const place: Place<Job, Result> = { worker, isReady: false, begun: 0 }
    places[index] = place
    worker.on('message', (answer: WorkerAnswer) => heard(place, answer))
    worker.on('error', (err: Error) => o.log.error({ err, kind: o.task.kind }, 'a worker failed'))
    worker.on('exit', () => {
      place.isReady = false
      place.ticket?.settle({ error: new Error('the engine stopped while it worked') })
      place.ticket = undefined
      if (!isClosed) o.clock.after(RESTART_MS, () => isClosed || hire(index))
    })
  }

  function heard(place: Place<Job, Result>, answer: WorkerAnswer): void {
    if (answer.kind === 'ready') place.isReady = true
    else {
      o.observer.worked((o.clock.monotonic() - place.begun) / 1_000)
      const end = answer.kind === 'done' ? { result: answer.result as Result } : { error: new Error(answer.message) }
      place.ticket?.settle(end)
      place.ticket = undefined
    }
    assign()
  }

  function assign(): void {
    for (const place of places) {
      if (!place.isReady || place.ticket !== undefined) continue
      const ticket = lanes.next()
      if (ticket === undefined) return
      place.ticket = ticket
      place.begun = o.clock.monotonic()
      o.observer.waited((place.begun - ticket.since) / 1_000)
      place.worker.postMessage(ticket.job)
    }
  }

  function run(job: Job, { lane, timeoutMs, signal, mustFit }: RunOptions): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const leave = () => ticket.settle({ error: signal!.reason as Error })
      const late = () => ticket.settle({ error: new TimedOut() })
      const callOff = timeoutMs === undefined ? () => undefined : o.clock.after(timeoutMs, late)
      const ticket: Ticket<Job, Result> = {
        job,
        since: o.clock.monotonic(),
        // What the worker still says about a job that nobody waits for finds a promise that is settled.
        settle(end) {
          callOff()
          signal?.removeEventListener('abort', leave)
          lanes.remove(ticket)
          if ('error' in end) reject(end.error)
          else resolve(end.result)
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      if (lanes.push(ticket, lane, mustFit)) assign()
      else ticket.settle({ error: new Overloaded() })
    })
  }

  for (let index = 0; index < o.size; index++) hire(index)
  const busy = () => places.filter((place) => place.ticket !== undefined)
  return {
    run,
    ready: () => places.filter(({ isReady }) => isReady).length,
    waiting: (lane) => lanes.length(lane),
    longestRun: () => Math.max(0, ...busy().map(({ begun }) => (o.clock.monotonic() - begun) / 1_000)),
    async close() {
      isClosed = true
      await Promise.all(places.map(({ worker }) => worker.terminate()))
    },
  }
}
