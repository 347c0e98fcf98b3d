import { tokensOf } from '../languages/tokens.ts'
import type { Language } from '../languages/language.ts'
import { sure, unsure, type ParseContext, type ParsedAnswer } from './parsed-answer.ts'

/** As it is collected: 12.50 EUR. */
export const writeAmount = (cents: number, currency: string): string =>
  `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')} ${currency}`

/** A sum of money: "douze euros cinquante", "1 200,50 €", "twelve pounds fifty". */
export function understandAmount(text: string, meant: string, { language }: ParseContext): ParsedAnswer | undefined {
  const tokens = joinThousands(tokensOf(text))
  const found: { cents: number; currency: string; isNamed: boolean }[] = []
  for (let at = 0; at < tokens.length;) {
    const sum = readSum(tokens, at, language)
    if (sum === undefined) {
      at++
      continue
    }
    found.push({ cents: sum.cents, currency: sum.currency ?? meant, isNamed: sum.currency !== undefined })
    at = sum.end
  }
  const named = found.filter(({ isNamed }) => isNamed)
  const candidates = named.length > 0 ? named : found
  const last = candidates.at(-1)
  if (last === undefined) return undefined
  const value = writeAmount(last.cents, last.currency)
  return candidates.length === 1 ? sure(value) : unsure(value)
}

interface Sum {
  cents: number
  currency: string | undefined
  end: number
}

function readSum(tokens: readonly string[], start: number, language: Language): Sum | undefined {
  const before = language.currencies[tokens[start] ?? '']
  const at = before === undefined ? start : start + 1
  const whole = language.readNumber(tokens, at)
  if (whole === undefined) return undefined
  if (language.cents.has(tokens[whole.end] ?? '')) {
    return { cents: whole.value, currency: before, end: whole.end + 1 }
  }
  const point = language.decimalPoints.has(tokens[whole.end] ?? '')
  const fraction = point ? readFraction(tokens, whole.end + 1, language) : undefined
  const cents = whole.value * 100 + (fraction === undefined ? 0 : hundredths(fraction.digits))
  const end = fraction?.end ?? whole.end
  const currency = before ?? language.currencies[tokens[end] ?? '']
  if (currency === undefined || before !== undefined || fraction !== undefined) {
    return { cents, currency, end: currency !== undefined && before === undefined ? end + 1 : end }
  }
  return withCents(tokens, cents, currency, end + 1, language)
}

/** What follows the point; "zéro cinq" is two numbers. */
function readFraction(tokens: readonly string[], at: number, { readNumber }: Language) {
  const first = readNumber(tokens, at)
  const second = first?.digits === '0' ? readNumber(tokens, first.end) : undefined
  return second === undefined ? first : { digits: `0${second.digits}`, end: second.end }
}

/** "Douze euros (et) cinquante (centimes)". */
function withCents(tokens: readonly string[], cents: number, currency: string, end: number, language: Language): Sum {
  const small = language.readNumber(tokens, language.and.has(tokens[end] ?? '') ? end + 1 : end)
  // "Deux euros, cinq euros" are two sums.
  const isOwnSum = small !== undefined && language.currencies[tokens[small.end] ?? ''] !== undefined
  if (small === undefined || small.value > 99 || isOwnSum) return { cents, currency, end }
  const isNamed = language.cents.has(tokens[small.end] ?? '')
  return { cents: cents + small.value, currency, end: isNamed ? small.end + 1 : small.end }
}

/** "virgule cinq" is fifty hundredths, "virgule zéro cinq" five. */
const hundredths = (digits: string) => Number(digits.slice(0, 2).padEnd(2, '0'))

/** "1 200": recognisers part thousands by a space. */
function joinThousands(tokens: readonly string[]): string[] {
  const joined: string[] = []
  for (const token of tokens) {
    const before = joined.at(-1)
    if (before !== undefined && /^[1-9]\d{0,2}$|^[1-9]\d{0,2}(\d{3})+$/.test(before) && /^\d{3}$/.test(token)) {
      joined[joined.length - 1] = before + token
    } else joined.push(token)
  }
  return joined
}

/** Keys: the star is the point. `125*5` is 125.50. */
export function typedAmount(typed: string, currency: string): string | undefined {
  const found = /^(\d{1,9})(?:\*(\d{0,2}))?$/.exec(typed)
  if (found === null) return undefined
  return writeAmount(Number(found[1]) * 100 + hundredths(found[2] ?? ''), currency)
}
