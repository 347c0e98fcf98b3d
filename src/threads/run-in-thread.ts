import { Worker } from 'node:worker_threads'
import { RoundRobin } from './round-robin.ts'

/** One thread at a time has room in the container beside what the process itself needs. MiB. */
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 }
/** Jobs that wait for it. Beyond it somebody floods the place. */
const MOST_WAITING = 256

const roundRobin = new RoundRobin(MOST_WAITING)

/**
 * What came of a job. Busy: too many wait. Late: it was not done in time. Broken: it threw, or took more memory than there is for it.
 */
export type JobResult<T> = { readonly kind: 'Done'; readonly result: T } | { readonly kind: 'Busy' | 'Late' | 'Broken' }

interface Job {
  /** Answers with one message. */
  readonly script: URL
  /** What the script finds as `workerData`; structured clone. */
  readonly data: unknown
  /** Until it is ended, done or not, by the machine's own time and waiting included. */
  readonly milliseconds: number
  /** Whose job it is. Owners take turns, so that one who floods the place waits for itself. */
  readonly owner: string
}

/**
 * Does a job in a thread of its own, which ends with it: what it costs is not paid by calls or leases, and what it did to its memory
 * is gone. Never rejects.
 */
export async function runInThread<T>(job: Job): Promise<JobResult<T>> {
  const until = performance.now() + job.milliseconds
  const done = await roundRobin.take(job.owner, () => run<T>(job, until - performance.now()))
  return done ?? { kind: 'Busy' }
}

async function run<T>({ script, data }: Job, milliseconds: number): Promise<JobResult<T>> {
  if (milliseconds <= 0) return { kind: 'Late' }
  const worker = new Worker(script, { workerData: data, resourceLimits: LIMITS })
  const { promise, resolve } = Promise.withResolvers<JobResult<T>>()
  const timer = setTimeout(() => resolve({ kind: 'Late' }), milliseconds)
  worker.on('message', (result: T) => resolve({ kind: 'Done', result }))
  worker.on('error', () => resolve({ kind: 'Broken' }))
  worker.on('exit', () => resolve({ kind: 'Broken' }))
  const done = await promise
  clearTimeout(timer)
  await worker.terminate()
  return done
}
