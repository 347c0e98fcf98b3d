import type { Clock } from '../../runtime/clock.ts'

export interface ServerClock {
  /** What the header Date of an answer says (RFC 9110 section 6.6.1), to the second. */
  heard(date: string): void
  /** Our clock less that of the API server, in milliseconds, of the newest answer. Undefined before the first. */
  skew(): number | undefined
}

/** Answers are cut to the second below: half a second is the middle of it. Milliseconds. */
const CUT = 500

/** Compares our clock with that of the API server, which everything that has a date in a status is read against. */
export function createServerClock(clock: Pick<Clock, 'wall'>): ServerClock {
  let skew: number | undefined
  return {
    heard(date) {
      const told = Date.parse(date)
      if (!Number.isNaN(told)) skew = clock.wall() - told - CUT
    },
    skew: () => skew,
  }
}
