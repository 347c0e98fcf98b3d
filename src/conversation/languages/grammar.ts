import type { Tokens } from './tokens.ts'

/** A day of the Gregorian calendar, as the number of days since 1 January 1970: dates are then plain arithmetic. */
export type CivilDay = number

/** Where and when the caller speaks. */
export interface ReadingContext {
  readonly today: CivilDay
  /** ISO 3166-1 alpha-2. */
  readonly country: string
}

/** A date that was found in an utterance. */
export interface DateReading {
  /** The days that it can mean, the likeliest first. */
  readonly days: readonly CivilDay[]
  /** People mean different days by it. */
  readonly isGuess: boolean
  /** Index of the token after it. */
  readonly end: number
}

/** Reads the date that begins at `at`; undefined when none does. */
export type ReadDate = (tokens: Tokens, at: number, place: ReadingContext) => DateReading | undefined

/** A time of day that was found in an utterance. */
export interface TimeReading {
  /** 0 to 23. */
  readonly hour: number
  readonly minute: number
  /** Morning or afternoon was not said and is only likely. */
  readonly isGuess: boolean
  /** Index of the token after it. */
  readonly end: number
}

/** Reads the time that begins at `at`; undefined when none does. */
export type ReadTime = (tokens: Tokens, at: number) => TimeReading | undefined

export interface YesNoWords {
  /** Ways to say it, as words parted by spaces. A longer one wins over the shorter one in it: "pas de problème" is a yes. */
  readonly yes: readonly string[]
  readonly no: readonly string[]
  /** Ways to say neither, that have one of them in it: "je ne sais pas". */
  readonly neither: readonly string[]
  /** What recognisers write when they heard one of them badly; only as a whole answer. */
  readonly soundsLikeYes: readonly string[]
  readonly soundsLikeNo: readonly string[]
  /** A first word that begins so is one of them, run together with the next: "Ouiset ça". */
  readonly beginsLikeYes: RegExp
  readonly beginsLikeNo: RegExp
  /** Longer ways to say it that are found by their sound. */
  readonly yesSounds: readonly string[]
  readonly noSounds: readonly string[]
}
