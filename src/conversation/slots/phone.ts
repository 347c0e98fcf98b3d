import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { rowsOf, type Row } from './digits.ts'
import { sure, unsure, type ParseContext, type ParsedAnswer } from './parsed-answer.ts'

/**
 * A telephone number in E.164. `Unsure` when its length is right and its plan is not: a mishearing, or a range that is
 * newer than the plan at hand.
 */
export function readPhone(digits: string, country: string): ParsedAnswer | undefined {
  const number = parsePhoneNumberFromString(digits, isSupportedCountry(country) ? (country as CountryCode) : undefined)
  if (number === undefined || !number.isPossible()) return undefined
  return number.isValid() ? sure(number.number) : unsure(number.number)
}

/** True when no more key can follow: the number is whole in the plan of the country. */
export function isWholePhone(typed: string, country: string): boolean {
  if (!typed.startsWith('0') || typed.startsWith('00')) return false
  return readPhone(typed, country)?.certainty === 'Sure'
}

const asWritten = ({ digits, hasPlus }: Row) => (hasPlus ? `+${digits}` : digits)

/** A telephone number by voice: pairs, single digits, figures, with or without country code. */
export function understandPhone(text: string, { language, country }: ParseContext): ParsedAnswer | undefined {
  const rows = rowsOf(text, language)
  const whole: Row = {
    digits: rows.map(({ digits }) => digits).join(''),
    joined: rows.map(({ joined }) => joined).join(''),
    hasPlus: rows[0]?.hasPlus ?? false,
    isGuess: rows.length > 1 || rows.some(({ isGuess }) => isGuess),
  }
  const joined: Row = { ...whole, digits: whole.joined, isGuess: true }
  // The whole first; then the last row that is a number by itself: people correct themselves forwards.
  for (const row of [whole, joined, ...rows.toReversed()]) {
    const found = readPhone(asWritten(row), country) ?? readPhone(asWritten(withoutTrunkZero(row)), country)
    if (found === undefined) continue
    return row === whole && !row.isGuess ? found : unsure(found.value)
  }
  return undefined
}

/** "Plus trente-trois zéro six": the zero in brackets that people say though nobody dials it. */
const withoutTrunkZero = (row: Row): Row =>
  row.hasPlus ? { ...row, digits: row.digits.replace(/^(\d{2})0/, '$1') } : row
