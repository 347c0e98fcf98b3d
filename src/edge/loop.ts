import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Agent, Seen } from './agent.ts'

/** Changes come in swarms (a rollout, a list): this long after the first of them all are taken at once. */
const GATHER_MS = 50
/** While the proxy is behind, for it may just be starting. */
const TRY_AGAIN_MS = 500

export interface Step {
  /** Something changed. */
  wake(): void
  /** From now on there is something to see: the caches are full. */
  follow(look: () => Seen): void
}

/** Runs the agent's cycles, one at a time: at each change, and again while the proxy has not taken what is written. */
export function keepInStep(o: { agent: Agent; log: Log; clock: Clock; signal: AbortSignal }): Step {
  let look: (() => Seen) | undefined
  let isRunning = false
  let isWoken = false
  let cancel: (() => void) | undefined
  o.signal.addEventListener('abort', () => cancel?.(), { once: true })

  const plan = (ms: number) => {
    if (o.signal.aborted) return
    cancel?.()
    cancel = o.clock.after(ms, () => void run())
  }

  async function run(): Promise<void> {
    cancel = undefined
    isRunning = true
    isWoken = false
    try {
      await o.agent.cycle(look?.())
    } catch (error) {
      o.log.error({ error: String(error) }, 'the tables could not be written; tried again')
      isWoken = true
    } finally {
      isRunning = false
    }
    if (isWoken) plan(GATHER_MS)
    else if (o.agent.isBehind()) plan(TRY_AGAIN_MS)
  }

  const wake = () => {
    isWoken = true
    if (!isRunning && cancel === undefined) plan(GATHER_MS)
  }
  wake()
  return {
    wake: () => {
      // Waiting to try again is no reason to let a change wait.
      if (!isRunning && !isWoken) cancel = (cancel?.(), undefined)
      wake()
    },
    follow: (seen) => {
      look = seen
      wake()
    },
  }
}
