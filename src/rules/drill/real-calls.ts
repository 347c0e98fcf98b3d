/** Real calls and a drill that has a share of them, as an edge counts them. */
import * as read from '../published-config.ts'

export interface RealCalls {
  /** Joined the drill: they went by the backup. */
  readonly met: number
  /** Answered by the backup, be it with busy. */
  readonly answered: number
  /** Rang at the backup, and nobody took them. */
  readonly unanswered: number
  /** The backup failed them, and they went on to the primary. */
  readonly rescued: number
  /** Did not join: to the emergency number, beyond the limit, or after one had to be rescued. */
  readonly spared: number
}

export const REAL_CALLS = ['met', 'answered', 'unanswered', 'rescued', 'spared'] as const

export const NO_REAL_CALLS: RealCalls = { met: 0, answered: 0, unanswered: 0, rescued: 0, spared: 0 }

export const sumOf = (counts: Iterable<RealCalls>): RealCalls =>
  [...counts].reduce((sum, each) => mapped((what) => sum[what] + each[what]), NO_REAL_CALLS)

/** @throws for what are no counts */
export const readRealCalls = (told: read.Members): RealCalls => mapped((what) => read.must(read.isEpoch, told[what]))

const mapped = (count: (what: keyof RealCalls) => number): RealCalls =>
  Object.fromEntries(REAL_CALLS.map((what) => [what, count(what)])) as unknown as RealCalls

/** Of all that met the fault; 0 when none did. */
export const failedPercent = ({ met, rescued }: RealCalls): number => percent(rescued, met)

/** Of those that rang at the backup, as far as it is known how they ended. */
export const unansweredPercent = ({ answered, unanswered }: RealCalls): number =>
  percent(unanswered, answered + unanswered)

const percent = (part: number, whole: number) => (whole === 0 ? 0 : (100 * part) / whole)
