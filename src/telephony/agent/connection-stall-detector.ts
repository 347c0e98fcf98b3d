import type { Clock } from '../../runtime/clock.ts'
import type { Flow } from '../transport/flow.ts'

/**
 * Notices that a line was dead for a while (a cut network, a peer that stood still): whoever probes by it was not heard of. What is read
 * from it then waited on its way, and its sender may have turned elsewhere: a call answered then would be a ghost.
 */
export interface ConnectionStallDetector {
  /** A message is read from the line just now. True: it may have waited. */
  read(line: Flow, isProbe: boolean): boolean
}

/** Edges probe each second; what is lost and what is late together take no longer than this while a line lives. */
const DEAD_MS = 2_500
/** What waited comes at once. */
const QUIET_MS = 200

interface Line {
  readAt: number
  probedAt: number
  /** Between the last two probes: only of a line that is probed often it can be told that it was dead. */
  everyMs: number
  staleUntil: number
}

export function detectConnectionStalls(clock: Pick<Clock, 'monotonic'>): ConnectionStallDetector {
  const lines = new WeakMap<Flow, Line>()
  return {
    read(flow, isProbe) {
      if (!flow.isReliable) return false
      const now = clock.monotonic()
      const line = lines.get(flow) ?? { readAt: now, probedAt: -Infinity, everyMs: Infinity, staleUntil: -Infinity }
      if (line.everyMs < DEAD_MS && now - line.readAt > DEAD_MS) line.staleUntil = now + QUIET_MS
      line.readAt = now
      if (isProbe) {
        line.everyMs = now - line.probedAt
        line.probedAt = now
      }
      lines.set(flow, line)
      return now < line.staleUntil
    },
  }
}
