import type { Slot } from '../../rules/flow/flow.ts'
import { wordsOf } from '../languages/tokens.ts'
import { understandAmount } from './amount.ts'
import { understandChoice } from './choices.ts'
import { understandDate } from './dates.ts'
import { understandDigits } from './digits.ts'
import { understandPhone } from './phone.ts'
import { understandTime } from './times.ts'
import { sure, type ParseContext, type ParsedAnswer } from './parsed-answer.ts'
import { understandYesNo } from './yes-no.ts'

/** Five minutes of speech, which is the longest that a slot listens to. Characters. */
const LONGEST_FREE_TEXT = 5_000

/** What an answer by voice means to a slot; undefined when nothing usable is in it. Never throws, whatever the text. */
export function parseAnswer(slot: Slot, text: string, hearing: ParseContext): ParsedAnswer | undefined {
  switch (slot.type) {
    case 'YesNo':
      return understandYesNo(text, hearing.language)
    case 'Digits':
      return understandDigits(text, { least: slot.minDigits ?? 1, most: slot.maxDigits ?? 32 }, hearing)
    case 'Date':
      return understandDate(text, { earliest: slot.earliestDays, latest: slot.latestDays }, hearing)
    case 'Time':
      return understandTime(text, hearing)
    case 'Phone':
      return understandPhone(text, hearing)
    case 'Amount':
      return understandAmount(text, slot.currency ?? 'EUR', hearing)
    case 'Choice':
      return understandChoice(text, slot.choices ?? [], hearing)
    case 'FreeText':
      return wordsOf(text).length > 0 ? sure(text.trim().slice(0, LONGEST_FREE_TEXT)) : undefined
  }
}
