import { tokensOf } from '../languages/tokens.ts'
import type { Language } from '../languages/language.ts'
import { sure, unsure, type ParseContext, type ParsedAnswer } from './parsed-answer.ts'

/** A row of numbers said one after the other, as one would write it down. */
export interface Row {
  readonly digits: string
  /** The same when a ten and what follows it are one number: recognisers write "80 18" for quatre-vingt-dix-huit. */
  readonly joined: string
  /** Said with a plus before it, as telephone numbers with a country code are. */
  readonly hasPlus: boolean
  /** A word in it was taken for the number that it sounds like. */
  readonly isGuess: boolean
}

const SIGNS = new Set([',', '.', ':', '/'])

/** The rows of numbers in an utterance; any word that is neither a number nor a filler ends a row. */
export function rowsOf(text: string, language: Language): Row[] {
  const tokens = tokensOf(text)
  const rows: Row[] = []
  let [parts, hasPlus, isGuess]: [string[], boolean, boolean] = [[], false, false]
  const endRow = () => {
    if (parts.length > 0) rows.push({ digits: parts.join(''), joined: joinTens(parts), hasPlus, isGuess })
    ;[parts, hasPlus, isGuess] = [[], false, false]
  }
  for (let at = 0; at < tokens.length;) {
    const found = readTimes(tokens, at, language) ?? readGuess(tokens, at, language, parts.length > 0)
    if (found !== undefined) {
      parts.push(found.digits)
      isGuess ||= found.isGuess
      at = found.end
      continue
    }
    const token = tokens[at++]!
    if (language.plus.has(token)) {
      endRow()
      hasPlus = true
    } else if (!SIGNS.has(token) && !language.fillers.has(token)) endRow()
  }
  endRow()
  return rows
}

function joinTens(parts: readonly string[]): string {
  let joined = ''
  for (let at = 0; at < parts.length; at++) {
    const [ten, next] = [Number(parts[at]), Number(parts[at + 1] ?? NaN)]
    const isTen = parts[at]!.length === 2 && ten >= 20 && ten % 10 === 0
    const isLong = (ten === 60 || ten === 80) && next >= 10 && next < 20
    const fits = isTen && (isLong || (next >= 1 && next <= 9 && parts[at + 1]!.length === 1))
    joined += fits ? String(ten + next) : parts[at]!
    if (fits) at++
  }
  return joined
}

interface Found {
  digits: string
  end: number
  isGuess: boolean
}

/** "Double zéro", "deux fois six", "triple four": else a plain number. */
function readTimes(tokens: readonly string[], at: number, language: Language): Found | undefined {
  const single = language.times[tokens[at] ?? '']
  const isPhrase = tokens[at + 1] === language.timesWord
  const times = single ?? (isPhrase ? language.readNumber(tokens, at)?.value : undefined)
  if (times !== undefined && times >= 2 && times <= 4) {
    const repeated = language.readNumber(tokens, at + (single === undefined ? 2 : 1))
    if (repeated !== undefined) return { digits: repeated.digits.repeat(times), end: repeated.end, isGuess: false }
  }
  const number = language.readNumber(tokens, at)
  return number && { digits: number.digits, end: number.end, isGuess: false }
}

/** Words that recognisers write for numbers. Only inside a row, or before one: elsewhere they are what they are. */
function readGuess(tokens: readonly string[], at: number, language: Language, isInRow: boolean): Found | undefined {
  const digits = language.soundsLikeNumber[tokens[at] ?? '']
  if (digits === undefined) return undefined
  const isBeforeRow = language.readNumber(tokens, at + 1) !== undefined
  return isInRow || isBeforeRow ? { digits, end: at + 1, isGuess: true } : undefined
}

/** A row of `least` to `most` digits, such as a file number. */
export function understandDigits(
  text: string,
  { least, most }: { least: number; most: number },
  { language }: ParseContext,
): ParsedAnswer | undefined {
  const rows = rowsOf(text, language)
  const fits = (digits: string) => digits.length >= least && digits.length <= most
  const [only] = rows
  if (rows.length === 1 && fits(only!.digits)) return only!.isGuess ? unsure(only!.digits) : sure(only!.digits)
  if (rows.length === 1 && fits(only!.joined)) return unsure(only!.joined)
  // Several rows: a word came between ("c'est le douze, tiret, trente"), or someone began again.
  const whole = rows.map(({ digits }) => digits).join('')
  if (rows.length > 1 && fits(whole)) return unsure(whole)
  const last = rows.findLast(({ digits }) => fits(digits))
  return last && unsure(last.digits)
}
