import type { Clock } from '../../runtime/clock.ts'
import { pause } from '../../runtime/clock.ts'
import { RELAY_SECONDS } from '../../rules/termination-grace-period.ts'
import type { CallInput } from '../call/types.ts'
import type { CallSession, Ended } from '../session/call-session.ts'

/** The calls of a pod: who may come in, who is there, how it went. */
export interface Calls {
  readonly live: number
  readonly places: number
  /** Calls that the pod has no place for. A pod that leaves has none. */
  readonly isFull: boolean
  readonly isLeaving: boolean
  readonly counts: CallCounts
  /** From now on the call has a place, until it has ended. */
  take(call: CallSession): void
  /** Something happens to every call that goes on. */
  happen(input: CallInput): void
  /** A caller found no place. */
  refused(): void
  /**
   * Takes no call any more; resolves when the last has ended. Callers who still talk with the bot at the deadline are put through to
   * the emergency number. Talks with people go on, for `RELAY_SECONDS` at most.
   */
  leave(deadlineMs: number): Promise<void>
}

export interface CallCounts {
  readonly answered: number
  readonly failed: number
  readonly refused: number
  /** Epoch milliseconds at which the last call came; undefined: none yet. */
  readonly lastCallAt: number | undefined
  /** Milliseconds from INVITE to 200 of 95 % of the last 100 answered calls. */
  readonly answerMsP95: number | undefined
}

const REMEMBERED = 100

export function createCalls(o: {
  places: number
  clock: Clock
  /** A caller has come, and has a place. */
  onTaken: () => void
  /** A call has ended. */
  onEnded?: () => void
}): Calls {
  const live = new Set<CallSession>()
  const answerMs: number[] = []
  let counts = { answered: 0, failed: 0, refused: 0, lastCallAt: undefined as number | undefined }
  let isLeaving = false

  function ended(call: CallSession, { outcome, wasAnswered, answerMs: took }: Ended): void {
    live.delete(call)
    o.onEnded?.()
    counts = {
      ...counts,
      answered: counts.answered + (wasAnswered ? 1 : 0),
      failed: counts.failed + (outcome === 'failed' ? 1 : 0),
    }
    if (took === undefined) return
    answerMs.push(took)
    if (answerMs.length > REMEMBERED) answerMs.shift()
  }

  /** Resolves when the last call has ended, or when the time is over. */
  async function allEnded(withinMs: number): Promise<void> {
    const ended = new AbortController()
    void Promise.all([...live].map((call) => call.ended)).then(() => ended.abort())
    await pause(o.clock, withinMs, ended.signal)
  }

  return {
    places: o.places,
    get live() {
      return live.size
    },
    get isFull() {
      return live.size >= o.places
    },
    get isLeaving() {
      return isLeaving
    },
    get counts() {
      return { ...counts, answerMsP95: percentile95(answerMs) }
    },
    take(call) {
      counts.lastCallAt = o.clock.wall()
      live.add(call)
      void call.ended.then((end) => ended(call, end))
      o.onTaken()
    },
    happen(input) {
      for (const call of live) call.handle(input)
    },
    refused: () => void counts.refused++,
    async leave(deadlineMs) {
      isLeaving = true
      await allEnded(deadlineMs)
      for (const call of live) call.handle({ type: 'Trouble', cause: 'BotFailure', reason: 'draining' })
      await allEnded(RELAY_SECONDS * 1_000)
    },
  }
}

function percentile95(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  const value = sorted[Math.ceil(sorted.length * 0.95) - 1]
  return value === undefined ? undefined : Math.round(value)
}
