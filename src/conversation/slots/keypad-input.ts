import type { Slot } from '../../rules/flow/flow.ts'
import { dayOf, isoOf } from '../languages/calendar.ts'
import { inSomeYear } from '../languages/date-readings.ts'
import { typedAmount } from './amount.ts'
import { chooseDay } from './dates.ts'
import { isWholePhone, readPhone } from './phone.ts'
import { typedTime } from './times.ts'
import { sure, type ParseContext, type ParsedAnswer } from './parsed-answer.ts'

/** Keys so far: more may come, or this is the answer, if it is one. */
export type Typed =
  { readonly state: 'Open' } | { readonly state: 'Done'; readonly understood: ParsedAnswer | undefined }

const OPEN: Typed = { state: 'Open' }
const done = (understood: ParsedAnswer | undefined): Typed => ({ state: 'Done', understood })
/** Most digits of E.164 after an international prefix, with room for "00". */
const MOST_KEYS = 32

/**
 * Reads what was typed, the newest key last. `#` ends an answer, `*` begins it again (for a sum it is the point), and an
 * answer that can't become longer ends by itself.
 */
export function readKeys(slot: Slot, typed: string, hearing: ParseContext): Typed {
  if (slot.type === 'YesNo') return done({ 1: sure('yes'), 2: sure('no') }[typed])
  if (slot.type === 'Choice') {
    const chosen = slot.choices?.find(({ key }) => key === typed)
    return done(chosen && sure(chosen.value))
  }
  if (typed.endsWith('#')) return done(endKeys(slot, typed, hearing))
  return typed.length >= mostKeys(slot) || (slot.type === 'Phone' && isWholePhone(typed, hearing.country))
    ? done(endKeys(slot, typed, hearing))
    : OPEN
}

/** The answer when no further key came, or after `#`. */
export function endKeys(slot: Slot, typed: string, hearing: ParseContext): ParsedAnswer | undefined {
  const keys = typed.replace(/#$/, '')
  const digits = slot.type === 'Amount' ? keys : keys.slice(keys.lastIndexOf('*') + 1)
  switch (slot.type) {
    case 'Digits': {
      const fits = digits.length >= (slot.minDigits ?? 1) && digits.length <= (slot.maxDigits ?? 32)
      return fits ? sure(digits) : undefined
    }
    case 'Phone':
      return readPhone(digits.startsWith('00') ? `+${digits.slice(2)}` : digits, hearing.country)
    case 'Date':
      return typedDate(digits, slot, hearing)
    case 'Time': {
      const time = typedTime(digits)
      return time === undefined ? undefined : sure(time)
    }
    case 'Amount': {
      const amount = typedAmount(digits, slot.currency ?? 'EUR')
      return amount === undefined ? undefined : sure(amount)
    }
    default:
      return undefined
  }
}

function mostKeys(slot: Slot): number {
  switch (slot.type) {
    case 'Digits':
      return slot.maxDigits ?? 32
    case 'Date':
      return 8
    case 'Time':
      return 4
    default:
      return MOST_KEYS
  }
}

/** Day and month in two digits each, with or without the year; month first in the United States. */
function typedDate(typed: string, slot: Slot, { today, country }: ParseContext): ParsedAnswer | undefined {
  const found = /^(\d\d)(\d\d)(\d{4})?$/.exec(typed)
  if (found === null) return undefined
  const [first, second] = [Number(found[1]), Number(found[2])]
  const [day, month] = country === 'US' ? [second, first] : [first, second]
  const exact = found[3] === undefined ? undefined : dayOf(Number(found[3]), month, day)
  const days = found[3] === undefined ? inSomeYear(day, month, undefined, today) : exact === undefined ? [] : [exact]
  if (days.length === 0) return undefined
  const limits = { earliest: slot.earliestDays, latest: slot.latestDays }
  const chosen = chooseDay(days, limits, today)
  return chosen === undefined ? { certainty: 'Refused', value: isoOf(days[0]!) } : sure(isoOf(chosen))
}
