/** When destroyed keys are removed from the files of the database. Pure; all times are milliseconds of one clock. */

/** A destroyed key is in no file of the database after this time, or its policies report it. */
export const GONE_WITHIN_MS = 600_000
/** Until then, those who stand in the way have the time that a transaction has. Afterwards only a few seconds. */
const PATIENT_MS = 120_000
const AGAIN_MS = 30_000

/** What is known of the files. */
export interface KeyFiles {
  /** When the oldest key was destroyed that may still be in them. Undefined: none is. */
  readonly since: number | undefined
  /** Begin of the newest try. */
  readonly triedAt: number | undefined
  /** Whether that one succeeded. */
  readonly isClear: boolean
}

/**
 * Whether they are to be cleared now, and how.
 * @param every at most so often
 * @returns Last: whoever has had a transaction open for seconds is ended, so that the promised time holds
 */
export function howToClear(
  { since, triedAt, isClear }: KeyFiles,
  now: number,
  every: number,
): 'Not' | 'Patient' | 'Last' {
  if (since === undefined) return 'Not'
  if (triedAt !== undefined && now - triedAt < (isClear ? every : Math.min(every, AGAIN_MS))) return 'Not'
  return now - since < every + PATIENT_MS ? 'Patient' : 'Last'
}
