import { describeBug } from './redacted-error.ts'
import { ownWords } from './log-fields.ts'
import { pause, type Clock } from './clock.ts'
import type { Log } from './log.ts'
import { systemClock } from './system-clock.ts'

export interface ShutdownStep {
  /** As a log names it. */
  name: string
  run: () => Promise<unknown>
  /** The next step begins after this time even if the step has not ended. 10 s by default. */
  deadlineSeconds?: number
}

export interface ShutdownOptions {
  /** In order: stop taking work and finish the running jobs; flush events; release the lease; close the transport. */
  steps: ShutdownStep[]
  log: Log
  clock?: Clock
  signals?: NodeJS.Signals[]
  /** Ends the process; `process.exit` by default. */
  exit?: (code: number) => void
}

/**
 * Ends the process in an orderly way on SIGTERM or SIGINT, with exit code 0; a second signal ends it at once, with 1.
 * A step that fails or hangs doesn't keep the next from running. Returns a function that begins the same without a signal.
 */
export function endOnSignal(options: ShutdownOptions): () => Promise<void> {
  const { log, exit = (code) => process.exit(code), signals = ['SIGTERM', 'SIGINT'] } = options
  let ending: Promise<void> | undefined
  const end = () => (ending ??= endInOrder(options).then(() => exit(0)))
  for (const signal of signals) {
    process.on(signal, () => {
      log.info({ signal }, ending ? 'ending immediately' : 'ending in order')
      if (ending) exit(1)
      else void end()
    })
  }
  return end
}

/** Runs the steps one after the other, each within its deadline. */
export async function endInOrder({ steps, log, clock = systemClock }: ShutdownOptions): Promise<void> {
  for (const { name, run, deadlineSeconds = 10 } of steps) {
    const done = new AbortController()
    const late = pause(clock, deadlineSeconds * 1000, done.signal).then(() => {
      if (!done.signal.aborted)
        log.warn({ step: ownWords(name), deadlineSeconds }, 'a step of the shutdown took too long')
    })
    const step = (async () => run())().catch((err: unknown) =>
      log.error({ ...describeBug(err), step: ownWords(name) }, 'a step of the shutdown failed'),
    )
    await Promise.race([step, late])
    done.abort()
  }
}
