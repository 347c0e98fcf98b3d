import { readFrenchNumber } from './numbers.ts'
import { isFigures, isRun, type Tokens } from '../tokens.ts'
import type { ReadTime, TimeReading } from '../grammar.ts'
import { byDay, moved } from '../time-readings.ts'

const SIGNS = new Set([':', '.', ','])
const HOUR = new Set(['h', 'heure', 'heures', 'eur', 'heur'])

/** French times: "14h30", "quatorze heures trente", "midi et quart", "deux heures et demie de l'après-midi". */
export const readFrenchTime: ReadTime = (tokens, at) => {
  const noon = { midi: 12, minuit: 0 }[tokens[at] ?? '']
  if (noon !== undefined) {
    // The noon in "après-midi" is part of the day, not a time.
    if (noon === 12 && tokens[at - 1] === 'apres') return undefined
    return { ...withMinutes(tokens, at + 1, noon), isGuess: false }
  }
  const hour = readFrenchNumber(tokens, at)
  if (hour === undefined || hour.value > 24) return undefined
  if (HOUR.has(tokens[hour.end] ?? '')) return ofDay(tokens, withMinutes(tokens, hour.end + 1, hour.value % 24))
  return readFigures(tokens, at) ?? readBare(tokens, at, hour)
}

interface Minutes {
  hour: number
  minute: number
  end: number
}

/** "et quart", "et demie", "moins le quart", "moins dix", "trente". */
function withMinutes(tokens: Tokens, at: number, hour: number): Minutes {
  if (isRun(tokens, at, 'et quart')) return { ...moved(hour, 15), end: at + 2 }
  for (const half of ['et demie', 'et demi']) if (isRun(tokens, at, half)) return { ...moved(hour, 30), end: at + 2 }
  for (const run of ['moins le quart', 'moins quart']) {
    if (isRun(tokens, at, run)) return { ...moved(hour, -15), end: at + run.split(' ').length }
  }
  const isBefore = tokens[at] === 'moins'
  const minutes = readFrenchNumber(tokens, isBefore ? at + 1 : at)
  if (minutes === undefined || minutes.value > 59) return { hour, minute: 0, end: at }
  const end = tokens[minutes.end]?.startsWith('minute') ? minutes.end + 1 : minutes.end
  return { ...moved(hour, isBefore ? -minutes.value : minutes.value), end }
}

const PARTS: readonly (readonly [run: string, isLate: boolean])[] = [
  ['du matin', false],
  ['le matin', false],
  ['de l apres midi', true],
  ['l apres midi', true],
  ['de la nuit', false],
  ['du soir', true],
  ['le soir', true],
]

function ofDay(tokens: Tokens, time: Minutes): TimeReading {
  const part = PARTS.find(([run]) => isRun(tokens, time.end, run))
  if (part === undefined) return { ...time, ...byDay(time.hour) }
  const hour = part[1] && time.hour >= 1 && time.hour < 12 ? time.hour + 12 : time.hour
  return { ...time, hour, isGuess: false, end: time.end + part[0].split(' ').length }
}

/** "14:30", "14.30", and "14,30", which recognisers write when they take a time for a number. */
function readFigures(tokens: Tokens, at: number): TimeReading | undefined {
  const [hour, sign, minute] = tokens.slice(at, at + 3)
  if (!isFigures(hour) || !isFigures(minute) || !SIGNS.has(sign ?? '') || minute.length !== 2) return undefined
  if (Number(hour) > 23 || Number(minute) > 59) return undefined
  return ofDay(tokens, { hour: Number(hour), minute: Number(minute), end: at + 3 })
}

/** "Quatorze trente", or nothing but "quatorze": only as the whole answer. */
function readBare(tokens: Tokens, at: number, hour: { value: number; end: number }): TimeReading | undefined {
  const isFirst = at === 0 || (at === 1 && ['a', 'vers'].includes(tokens[0]!))
  if (!isFirst || hour.value > 23) return undefined
  const time = withMinutes(tokens, hour.end, hour.value)
  const isWhole = tokens.length === time.end || (tokens.length === time.end + 1 && tokens[time.end] === '.')
  return isWhole ? { ...time, ...byDay(time.hour), isGuess: true } : undefined
}
