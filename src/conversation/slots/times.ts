import type { TimeReading } from '../languages/grammar.ts'
import { tokensOf } from '../languages/tokens.ts'
import { sure, unsure, type ParseContext, type ParsedAnswer } from './parsed-answer.ts'

/** As it is collected: 14:30. */
export const writeTime = (hour: number, minute: number): string =>
  `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`

/** A time of day: "quatorze heures trente", "midi et quart", "half past two". */
export function understandTime(text: string, { language }: ParseContext): ParsedAnswer | undefined {
  const tokens = tokensOf(text)
  const readings: TimeReading[] = []
  for (let at = 0; at < tokens.length;) {
    const reading = language.readTime(tokens, at)
    const before = language.small.has(tokens[at - 1] ?? '') ? tokens[at - 2] : tokens[at - 1]
    const isRuledOut = language.not.has(before ?? '')
    if (reading !== undefined && !isRuledOut) readings.push(reading)
    at = reading?.end ?? at + 1
  }
  const last = readings.at(-1)
  if (last === undefined) return undefined
  const value = writeTime(last.hour, last.minute)
  return readings.length === 1 && !last.isGuess ? sure(value) : unsure(value)
}

/** Keys: 1430, 930, or the hour alone. */
export function typedTime(typed: string): string | undefined {
  const found = /^(\d{1,2})(\d\d)?$/.exec(typed)
  if (found === null) return undefined
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)]
  return hour < 24 && minute < 60 ? writeTime(hour, minute) : undefined
}
