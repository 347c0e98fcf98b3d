import type { Clock } from '../../runtime/clock.ts'

/**
 * How long the caller waits for an answer: from the end of a turn to the first sound, and how much of it was spent waiting for speech
 * servers. One for each call.
 */
export interface Latency {
  /** The caller's turn is over. */
  turnEnded(): void
  /** A server is asked that the answer depends on; call the result when it answered. */
  asking(): () => void
  /** Sound goes out. Gives the wait in seconds, if a turn was waiting for it. */
  answered(): { readonly whole: number; readonly platform: number } | undefined
}

export function createLatency(clock: Clock): Latency {
  let endedAt: number | undefined
  let asked = 0
  let askedSince = 0
  let spent = 0
  return {
    turnEnded() {
      endedAt = clock.monotonic()
      spent = 0
      // What is still being asked for belongs to an earlier turn up to now.
      askedSince = endedAt
    },
    asking() {
      if (asked++ === 0) askedSince = clock.monotonic()
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        // Requests that overlap are waited for once.
        if (--asked === 0) spent += clock.monotonic() - askedSince
      }
    },
    answered() {
      if (endedAt === undefined) return undefined
      const now = clock.monotonic()
      const whole = now - endedAt
      const waiting = asked > 0 ? now - askedSince : 0
      endedAt = undefined
      return { whole: whole / 1_000, platform: Math.max(0, whole - spent - waiting) / 1_000 }
    },
  }
}
