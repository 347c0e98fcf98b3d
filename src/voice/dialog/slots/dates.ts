import { isoOf } from '../language/calendar.ts'
import type { CivilDay, DateReading } from '../language/readers.ts'
import { tokensOf } from '../language/tokens.ts'
import type { Hearing, Understood } from './understood.ts'

export interface DateLimits {
  /** In days from today; undefined for none. */
  readonly earliest: number | undefined
  readonly latest: number | undefined
}

/** A day, out of what the caller said. Collected as 2026-11-24. */
export function understandDate(text: string, limits: DateLimits, hearing: Hearing): Understood | undefined {
  const readings = readingsIn(tokensOf(text), hearing)
  if (readings.length === 0) return undefined
  const chosen = readings.map(({ days }) => chooseDay(days, limits, hearing.today))
  const last = chosen.at(-1)!
  if (last === undefined) return { certainty: 'Refused', value: isoOf(readings.at(-1)!.days[0]!) }
  const isOne = chosen.every((day) => day === last)
  return { certainty: isOne && !readings.at(-1)!.isGuess ? 'Sure' : 'Unsure', value: isoOf(last) }
}

function readingsIn(tokens: readonly string[], hearing: Hearing): DateReading[] {
  const { readDate, not } = hearing.language
  const readings: DateReading[] = []
  for (let at = 0; at < tokens.length;) {
    const reading = readDate(tokens, at, hearing)
    // "Pas mardi, mercredi": what is ruled out isn't meant.
    const isRuledOut = not.has(tokens[at - 1] ?? '') || not.has(tokens[at - 2] ?? '')
    if (reading !== undefined && !isRuledOut) readings.push(reading)
    at = reading?.end ?? at + 1
  }
  return readings
}

/** The likeliest of the days that the limits allow. */
export function chooseDay(
  days: readonly CivilDay[],
  { earliest, latest }: DateLimits,
  today: CivilDay,
): CivilDay | undefined {
  return days.find((day) => day - today >= (earliest ?? -Infinity) && day - today <= (latest ?? Infinity))
}
