import { isoOf } from '../languages/calendar.ts'
import type { CivilDay, DateReading } from '../languages/grammar.ts'
import { isFigures, tokensOf } from '../languages/tokens.ts'
import { alike } from './sound-similarity.ts'
import type { ParseContext, ParsedAnswer } from './parsed-answer.ts'

export interface DateLimits {
  /** In days from today; undefined for none. */
  readonly earliest: number | undefined
  readonly latest: number | undefined
}

/** A day, out of what the caller said. Collected as 2026-11-24. */
export function understandDate(text: string, limits: DateLimits, hearing: ParseContext): ParsedAnswer | undefined {
  // Recognisers put commas where speakers pause: "mardi, douze, mars".
  const tokens = tokensOf(text).filter((token) => token !== ',')
  const plain = readingsIn(tokens, hearing)
  const readings = plain.length > 0 ? plain : bySound(tokens, hearing)
  if (readings.length === 0) return undefined
  const chosen = readings.map(({ days }) => chooseDay(days, limits, hearing.today))
  const last = chosen.at(-1)!
  if (last === undefined) return { certainty: 'Refused', value: isoOf(readings.at(-1)!.days[0]!) }
  const isOne = chosen.every((day) => day === last)
  return { certainty: isOne && !readings.at(-1)!.isGuess ? 'Sure' : 'Unsure', value: isoOf(last) }
}

function readingsIn(tokens: readonly string[], hearing: ParseContext): DateReading[] {
  const { readDate, not, small } = hearing.language
  const readings: DateReading[] = []
  for (let at = 0; at < tokens.length;) {
    const reading = readDate(tokens, at, hearing)
    // "Pas mardi, mercredi": what is ruled out isn't meant.
    const before = small.has(tokens[at - 1] ?? '') ? tokens[at - 2] : tokens[at - 1]
    const isRuledOut = not.has(before ?? '')
    if (reading !== undefined && !isRuledOut) readings.push(reading)
    at = reading?.end ?? at + 1
  }
  return readings
}

/** Full likeness to a word of dates. Short ones are found in too much else. */
const ALIKE = 0.8
const FEWEST_SOUNDS = 4

/** In a longer story the sounds of a date are found everywhere, and looking for them takes its time. */
const MOST_TOKENS = 14

/** "Deux mains" for demain, "je dis" for jeudi: words put right by their sound, and never more than a guess. */
function bySound(tokens: readonly string[], hearing: ParseContext): DateReading[] {
  if (tokens.length > MOST_TOKENS) return []
  const sounds = tokens.map((token) => (isFigures(token) ? '' : hearing.language.soundOf([token])))
  const put: string[] = []
  for (let at = 0; at < tokens.length;) {
    const found = dateWordAt(sounds, at, hearing)
    put.push(...(found?.run.split(' ') ?? [tokens[at]!]))
    at += found?.count ?? 1
  }
  return readingsIn(put, hearing).map((reading) => ({ ...reading, isGuess: true }))
}

/** The word of dates that up to four words sound like, the most words first. */
function dateWordAt(sounds: readonly string[], at: number, { language }: ParseContext) {
  for (let count = Math.min(4, sounds.length - at); count > 0; count--) {
    const parts = sounds.slice(at, at + count)
    const sound = parts.join('')
    if (parts.includes('') || sound.length < FEWEST_SOUNDS) continue
    const word = language.dateWords.find(
      (each) => Math.abs(each.sound.length - sound.length) <= 2 && alike(each.sound, sound) >= ALIKE,
    )
    if (word !== undefined) return { run: word.run, count }
  }
  return undefined
}

/** The likeliest of the days that the limits allow. */
export function chooseDay(
  days: readonly CivilDay[],
  { earliest, latest }: DateLimits,
  today: CivilDay,
): CivilDay | undefined {
  return days.find((day) => day - today >= (earliest ?? -Infinity) && day - today <= (latest ?? Infinity))
}
