import { readEnglishNumber } from './numbers.ts'
import { isFigures, isRun, type Tokens } from '../tokens.ts'
import type { ReadTime, TimeReading } from '../grammar.ts'
import { byDay, moved } from '../time-readings.ts'

interface Clock {
  hour: number
  minute: number
  end: number
  /** Written or said as times are, and not only two numbers or one. */
  isPlain: boolean
}

/** English times: "half past two", "2:30 pm", "fourteen thirty", "noon". */
export const readEnglishTime: ReadTime = (tokens, at) => {
  const noon = { noon: 12, midday: 12, midnight: 0 }[tokens[at] ?? '']
  if (noon !== undefined) return { hour: noon, minute: 0, isGuess: false, end: at + 1 }
  const clock = readPast(tokens, at) ?? readClock(tokens, at)
  return clock && ofDay(tokens, clock, at)
}

/** "Half past two", "quarter to three", "ten past four". */
function readPast(tokens: Tokens, at: number): Clock | undefined {
  const start = tokens[at] === 'a' ? at + 1 : at
  const named = { half: 30, quarter: 15 }[tokens[start] ?? '']
  const minutes = named === undefined ? readEnglishNumber(tokens, start) : { value: named, end: start + 1 }
  if (minutes === undefined || minutes.value > 59) return undefined
  const at2 = tokens[minutes.end]?.startsWith('minute') ? minutes.end + 1 : minutes.end
  const sign = { past: 1, after: 1, to: -1, before: -1 }[tokens[at2] ?? '']
  const hour = sign === undefined ? undefined : readEnglishNumber(tokens, at2 + 1)
  if (sign === undefined || hour === undefined || hour.value > 23) return undefined
  return { ...moved(hour.value, sign * minutes.value), end: hour.end, isPlain: true }
}

function readClock(tokens: Tokens, at: number): Clock | undefined {
  const hour = readEnglishNumber(tokens, at)
  if (hour === undefined || hour.value > 24) return undefined
  if (isRun(tokens, hour.end, 'o clock')) return { hour: hour.value % 24, minute: 0, end: hour.end + 2, isPlain: true }
  const sign = tokens[hour.end]
  const figures = tokens[hour.end + 1]
  if ((sign === ':' || sign === '.') && isFigures(figures) && figures.length === 2 && Number(figures) < 60) {
    return { hour: hour.value, minute: Number(figures), end: hour.end + 2, isPlain: true }
  }
  const minute = readMinutes(tokens, hour.end)
  return minute === undefined
    ? { hour: hour.value, minute: 0, end: hour.end, isPlain: false }
    : { hour: hour.value, minute: minute.value, end: minute.end, isPlain: false }
}

/** "Thirty", "oh five", "hundred hours". */
function readMinutes(tokens: Tokens, at: number): { value: number; end: number } | undefined {
  if (isRun(tokens, at, 'hundred')) return { value: 0, end: at + 1 }
  const first = readEnglishNumber(tokens, at)
  if (first?.digits === '0') {
    const second = readEnglishNumber(tokens, first.end)
    return second !== undefined && second.value < 10 ? { value: second.value, end: second.end } : undefined
  }
  return first !== undefined && first.value >= 10 && first.value < 60 ? first : undefined
}

const HALVES: readonly (readonly [run: string, isLate: boolean])[] = [
  ['a m', false],
  ['am', false],
  ['a . m', false],
  ['p m', true],
  ['pm', true],
  ['p . m', true],
  ['in the morning', false],
  ['in the afternoon', true],
  ['in the evening', true],
  ['at night', true],
]

function ofDay(tokens: Tokens, clock: Clock, at: number): TimeReading | undefined {
  const half = HALVES.find(([run]) => isRun(tokens, clock.end, run))
  const { minute, end } = clock
  if (half !== undefined) {
    const hour = half[1] ? (clock.hour % 12) + 12 : clock.hour % 12
    return { hour: clock.hour > 12 ? clock.hour : hour, minute, isGuess: false, end: end + half[0].split(' ').length }
  }
  if (clock.isPlain) return { minute, end, ...byDay(clock.hour) }
  // Bare numbers are a time only where nothing else was said.
  const isFirst = at === 0 || (at === 1 && ['at', 'around', 'about'].includes(tokens[0]!))
  const isWhole = tokens.length === end || (tokens.length === end + 1 && tokens[end] === '.')
  return isFirst && isWhole && clock.hour < 24 ? { minute, end, ...byDay(clock.hour), isGuess: true } : undefined
}
