import { dayOf } from '../../src/conversation/languages/calendar.ts'
import { languageOf } from '../../src/conversation/languages/languages.ts'
import type { ParseContext, ParsedAnswer } from '../../src/conversation/slots/parsed-answer.ts'

/** Tuesday, 24 November 2026, the day on which the conversations of the tests take place. */
export const TODAY = dayOf(2026, 11, 24)!
/** Noon of that day in Paris, epoch milliseconds. */
export const NOW = Date.UTC(2026, 10, 24, 11)

export const inFrench: ParseContext = { language: languageOf('fr-FR'), country: 'FR', today: TODAY }
export const inEnglish: ParseContext = { language: languageOf('en-GB'), country: 'GB', today: TODAY }
export const inAmerican: ParseContext = { language: languageOf('en-US'), country: 'US', today: TODAY }

/** `value` when it is sure, `value?` when it is not, `value!` when it is out of bounds, `-` when nothing was understood. */
export function short(understood: ParsedAnswer | undefined): string {
  if (understood === undefined) return '-'
  return understood.value + { Sure: '', Unsure: '?', Refused: '!' }[understood.certainty]
}
