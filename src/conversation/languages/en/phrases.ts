import type { SlotType } from '../../../rules/flow/flow.ts'
import { partsOf } from '../calendar.ts'
import type { Phrases } from '../phrases.ts'

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DIGITS = 'zero one two three four five six seven eight nine'.split(' ')
const CURRENCIES: Record<string, readonly [one: string, many: string]> = {
  EUR: ['euro', 'euros'],
  GBP: ['pound', 'pounds'],
  CHF: ['franc', 'francs'],
  USD: ['dollar', 'dollars'],
  CAD: ['dollar', 'dollars'],
}
const YEAR_FROM_DAYS = 300

/** Digit by digit, with a pause after each three, and a last group of up to four. */
function groups(digits: string): string {
  const parts = digits.match(/\d{3}(?=\d{3})|\d{4}$|\d{1,3}/g) ?? []
  return parts.map((part) => [...part].map((digit) => DIGITS[Number(digit)]).join(' ')).join(', ')
}

function ordinal(day: number): string {
  const suffix = day > 10 && day < 20 ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th')
  return `${day}${suffix}`
}

/** "At 2 p.m.": a value as the beginning of a sentence. */
function asSentence(value: string, type: SlotType): string {
  const text = type === 'Time' ? `at ${value}` : value
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export const englishPhrases: Phrases = {
  notHeard: "I didn't hear anything.",
  notUnderstood: "I didn't understand.",
  onlyKeys: 'Please type your answer on the keys of your telephone.',
  again: "All right, let's try again.",
  takeYourTime: 'Take your time.',
  fallback: 'I am putting you through to a person. Please hold the line.',
  apology: "I'm sorry, I can't go on. Please call again later. Goodbye.",
  confirm: (value, type) => `${asSentence(value, type)}, is that right?`,
  confirmByKeys: (value, type) => `${asSentence(value, type)}. If that is right, press 1. If not, press 2.`,
  confirmTyped: (digits) =>
    digits === undefined
      ? 'Your answer has arrived. To go on, press 1. To start again, press 2.'
      : `You have typed ${digits} digit${digits > 1 ? 's' : ''}. If that is right, press 1. If not, press 2.`,
  typedNotPossible: 'This answer is not possible.',
  notPossible: (value, type) => `${asSentence(value, type)} is not possible.`,
  yes: 'yes',
  no: 'no',
  date(day, today) {
    const { year, month, day: date, weekday } = partsOf(day)
    const isFar = Math.abs(day - today) > YEAR_FROM_DAYS
    return `${WEEKDAYS[weekday]}, ${ordinal(date)} of ${MONTHS[month - 1]}${isFar ? ` ${year}` : ''}`
  },
  time(hour, minute) {
    if (minute === 0 && hour === 0) return 'midnight'
    if (minute === 0 && hour === 12) return 'noon'
    const half = hour < 12 ? 'a.m.' : 'p.m.'
    const minutes = minute === 0 ? '' : minute < 10 ? ` oh ${minute}` : ` ${minute}`
    return `${hour % 12 === 0 ? 12 : hour % 12}${minutes} ${half}`
  },
  amount(units, cents, currency) {
    const [one, many] = CURRENCIES[currency] ?? [currency, currency]
    const whole = `${units} ${units === 1 ? one : many}`
    return cents === 0 ? whole : `${whole} ${cents}`
  },
  digits: groups,
  phone: (number) => (number.startsWith('+') ? `plus ${groups(number.slice(1))}` : groups(number)),
}
