/** An engine for tests of the pool, in a real thread: it says back its job, after some time, or fails, or dies. */
import { parentPort } from 'node:worker_threads'

export interface ToyJob {
  say: string
  afterMs?: number
  fail?: boolean
  die?: boolean
}

parentPort?.on('message', ({ say, afterMs = 0, fail, die }: ToyJob) => {
  if (die) process.exit(3)
  const message = fail ? { kind: 'failed', message: say } : { kind: 'done', result: say }
  setTimeout(() => parentPort!.postMessage(message), afterMs)
})
parentPort?.postMessage({ kind: 'ready' })
