import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { fillFields, type SlotType } from '../rules/flow/flow.ts'
import { dayOfIso } from './languages/calendar.ts'
import type { Phrases } from './languages/phrases.ts'
import type { ParseContext } from './slots/parsed-answer.ts'

/**
 * A collected value in words that any voice reads well: a date by its day of the week, a number two by two, a time by hours.
 * Values without a type are recognised by their written form; what has none of ours is said as it stands.
 */
export function speakValue(value: string, type: SlotType | undefined, hearing: ParseContext): string {
  const { phrases } = hearing.language
  if (type === 'FreeText' || type === 'Choice') return value
  if (type === 'Digits') return phrases.digits(value)
  if (type === 'YesNo') return value === 'yes' ? phrases.yes : value === 'no' ? phrases.no : value
  return (
    speakDate(value, hearing) ??
    speakTime(value, phrases) ??
    speakAmount(value, phrases) ??
    speakPhone(value, hearing) ??
    value
  )
}

function speakDate(value: string, { language, today }: ParseContext): string | undefined {
  const instant = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(value)
  const day = dayOfIso(instant?.[1] ?? value)
  if (day === undefined) return undefined
  const date = language.phrases.date(day, today)
  const time = instant === null ? undefined : speakTime(instant[2]!, language.phrases)
  return time === undefined ? date : `${date}, ${time}`
}

function speakTime(value: string, phrases: Phrases): string | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?$/.exec(value)
  return found === null ? undefined : phrases.time(Number(found[1]), Number(found[2]))
}

function speakAmount(value: string, phrases: Phrases): string | undefined {
  const found = /^(\d{1,12})\.(\d\d) ([A-Z]{3})$/.exec(value)
  return found === null ? undefined : phrases.amount(Number(found[1]), Number(found[2]), found[3]!)
}

function speakPhone(value: string, { language, country }: ParseContext): string | undefined {
  if (!/^\+\d{7,15}$/.test(value)) return undefined
  const number = parsePhoneNumberFromString(value)
  // Callers know numbers of their own country without its code.
  const isNational = number !== undefined && number.country === country
  const national = number?.formatNational().replaceAll(/\D/g, '')
  return language.phrases.phone(isNational && national !== undefined ? national : value)
}

/**
 * Words that somebody else chose, as a voice may say them: no markup that a speech server would obey, no signs that nobody hears.
 */
export const plainWords = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[<>]/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()

/** Of one text with its values: five minutes of speech, in characters. */
const LONGEST_TEXT = 5_000

/** The text with each `{field}` replaced by what was collected, spoken. A field that was not collected leaves nothing. */
export function speakText(
  text: string,
  collected: Readonly<Record<string, string>>,
  typeOf: (field: string) => SlotType | undefined,
  hearing: ParseContext,
): string {
  // A text may name a field three hundred times, and the words for a number are looked up in a plan.
  const words = new Map<string, string>()
  const wordsFor = (field: string) => {
    const value = Object.hasOwn(collected, field) ? collected[field] : undefined
    return value === undefined ? '' : plainWords(speakValue(value, typeOf(field), hearing))
  }
  const spoken = fillFields(text, (field) => {
    const known = words.get(field) ?? wordsFor(field)
    words.set(field, known)
    return known
  })
  return spoken === text ? text : spoken.replaceAll(/ {2,}/g, ' ').trim().slice(0, LONGEST_TEXT)
}
