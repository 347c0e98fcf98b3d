import type { ReadNumber } from './spoken-number.ts'
import type { Phrases } from './phrases.ts'
import type { ReadDate, ReadTime, YesNoWords } from './grammar.ts'

/** All that a language brings: how it is understood and what the bot says in it by itself. */
export interface Language {
  readonly readNumber: ReadNumber
  readonly readDate: ReadDate
  readonly readTime: ReadTime
  readonly yesNo: YesNoWords
  /** Words that may stand between the parts of one number. */
  readonly fillers: ReadonlySet<string>
  /** Words that rule out what follows. */
  readonly not: ReadonlySet<string>
  readonly and: ReadonlySet<string>
  /** The sign before a country code. */
  readonly plus: ReadonlySet<string>
  /** "Double" and the like. */
  readonly times: Readonly<Record<string, number>>
  /** As in "deux FOIS zéro". */
  readonly timesWord: string
  /** What recognisers write for numbers that they heard badly, and the digits that were meant. */
  readonly soundsLikeNumber: Readonly<Record<string, string>>
  /** Words and signs of currencies, as ISO 4217 has them. */
  readonly currencies: Readonly<Record<string, string>>
  readonly cents: ReadonlySet<string>
  readonly decimalPoints: ReadonlySet<string>
  /** Words of dates, as runs parted by spaces, with their sounds: found by these when nothing was read. */
  readonly dateWords: readonly { readonly run: string; readonly sound: string }[]
  /** Words that carry no meaning of their own in a choice. */
  readonly small: ReadonlySet<string>
  /** How words sound, one letter for each sound. */
  readonly soundOf: (words: readonly string[]) => string
  /** Wishes that are understood at any question. */
  readonly intents: IntentPhrases
  readonly phrases: Phrases
}

/** Ways to say a wish, as words parted by spaces. */
export interface IntentPhrases {
  readonly person: readonly string[]
  readonly repeat: readonly string[]
  readonly wait: readonly string[]
}
