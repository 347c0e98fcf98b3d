import { describeBug } from '../runtime/redacted-error.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Agent, ClusterState } from './agent.ts'

/** Changes come in swarms (a rollout, a list): this long after the first of them all are taken at once. */
const GATHER_MS = 50
/** While the proxy is behind, for it may just be starting. */
const TRY_AGAIN_MS = 500

export interface AgentLoop {
  /** Something changed. */
  wake(): void
  /** From now on there is something to see: the caches are full. */
  follow(look: () => ClusterState): void
}

/** Runs the agent's cycles, one at a time: at each change, and again while the proxy has not taken what is written. */
export function startAgentLoop(o: { agent: Agent; log: Log; clock: Clock; signal: AbortSignal }): AgentLoop {
  let look: (() => ClusterState) | undefined
  let isRunning = false
  /** A change that no cycle has taken yet. */
  let isWoken = false
  let cancel: (() => void) | undefined
  o.signal.addEventListener('abort', () => cancel?.(), { once: true })

  const plan = (ms: number) => {
    cancel?.()
    cancel = o.signal.aborted ? undefined : o.clock.after(ms, () => void run())
  }

  async function run(): Promise<void> {
    cancel = undefined
    isRunning = true
    isWoken = false
    const isDone = await o.agent.cycle(look?.()).then(
      () => !o.agent.isBehind(),
      (error: unknown) => {
        o.log.error(describeBug(error), 'the tables could not be written; attempted again')
        return false
      },
    )
    isRunning = false
    if (isWoken) plan(GATHER_MS)
    else if (!isDone) plan(TRY_AGAIN_MS)
  }

  const wake = () => {
    // Waiting to try again is no reason to let a change wait.
    const isGathering = isWoken && cancel !== undefined
    isWoken = true
    if (!isRunning && !isGathering) plan(GATHER_MS)
  }
  wake()
  return {
    wake,
    follow(seen) {
      look = seen
      wake()
    },
  }
}
