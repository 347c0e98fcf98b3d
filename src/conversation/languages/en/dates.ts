import { readEnglishNumber } from './numbers.ts'
import { isFigures, isRun, type Tokens } from '../tokens.ts'
import { addMonths, nextWeekday } from '../calendar.ts'
import * as dates from '../date-readings.ts'
import type { CivilDay, DateReading, ReadDate } from '../grammar.ts'

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const MONTHS = 'january february march april may june july august september october november december'.split(' ')
const ORDINALS = (
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth ' +
  'sixteenth seventeenth eighteenth nineteenth twentieth'
).split(' ')
const SUFFIXES = new Set(['st', 'nd', 'rd', 'th'])
const MONTH_FIRST = new Set(['US'])

/** English dates: "the day after tomorrow", "next Tuesday", "Monday week", "the 12th of March". */
export const readEnglishDate: ReadDate = (tokens, at, { today, country }) =>
  readRelative(tokens, at, today) ??
  readDistance(tokens, at, today) ??
  readWeekday(tokens, at, today, MONTH_FIRST.has(country)) ??
  readNextWeek(tokens, at, today) ??
  readDate(tokens, at, today, MONTH_FIRST.has(country)) ??
  readDayOfMonth(tokens, at, today)

const RELATIVE: readonly (readonly [run: string, days: number])[] = [
  ['day after tomorrow', 2],
  ['day before yesterday', -2],
  ['today', 0],
  ['tonight', 0],
  ['this morning', 0],
  ['this afternoon', 0],
  ['this evening', 0],
  ['tomorrow', 1],
  ['yesterday', -1],
]

function readRelative(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  const found = RELATIVE.find(([run]) => isRun(tokens, at, run))
  return found && dates.exactly(today + found[1], at + found[0].split(' ').length)
}

/** "In three days", "two weeks from now", "a week ago", "a week on Monday". */
function readDistance(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  const hasIn = tokens[at] === 'in' || tokens[at] === 'within'
  const start = hasIn ? at + 1 : at
  const count = tokens[start] === 'a' ? { value: 1, end: start + 1 } : readEnglishNumber(tokens, start)
  if (count === undefined) return undefined
  const move = mover(tokens[count.end], count.value)
  if (move === undefined) return undefined
  const end = count.end + 1
  if (hasIn) return dates.exactly(move(today, 1), end)
  if (tokens[end] === 'ago') return dates.exactly(move(today, -1), end + 1)
  if (isRun(tokens, end, 'from now') || isRun(tokens, end, 'from today')) return dates.exactly(move(today, 1), end + 2)
  const weekday = WEEKDAYS.indexOf(tokens[end + 1] ?? '')
  const isFrom = tokens[end] === 'on' || tokens[end] === 'from'
  return isFrom && weekday !== -1 ? dates.exactly(move(nextWeekday(today, weekday), 1), end + 2) : undefined
}

function mover(unit: string | undefined, count: number): ((day: CivilDay, sign: 1 | -1) => CivilDay) | undefined {
  const days = { day: 1, days: 1, week: 7, weeks: 7, fortnight: 14 }[unit ?? '']
  if (days !== undefined) return (day, sign) => day + sign * count * days
  const months = { month: 1, months: 1, year: 12, years: 12 }[unit ?? '']
  return months === undefined ? undefined : (day, sign) => addMonths(day, sign * count * months)
}

function readWeekday(tokens: Tokens, at: number, today: CivilDay, monthFirst: boolean): DateReading | undefined {
  const [before, start] = ['next', 'last', 'this', 'coming'].includes(tokens[at] ?? '')
    ? [tokens[at], at + 1]
    : ['', at]
  const weekday = WEEKDAYS.indexOf(tokens[start] ?? '')
  if (weekday === -1) return undefined
  const end = start + 1
  const date = readDate(tokens, end, today, monthFirst) ?? readDayOfMonth(tokens, end, today)
  if (date !== undefined) return dates.onWeekday(date.days, weekday, date.end)
  if (tokens[end] === 'week') return dates.exactly(nextWeekday(today, weekday) + 7, end + 1)
  if (isRun(tokens, end, 'next week')) return dates.exactly(dates.inWeekOf(weekday, today + 7), end + 2)
  if (isRun(tokens, end, 'of next week')) return dates.exactly(dates.inWeekOf(weekday, today + 7), end + 3)
  if (before === 'next') return dates.nextOne(weekday, today, end)
  if (before === 'last') return dates.exactly(nextWeekday(today - 8, weekday), end)
  if (before === 'coming') return dates.exactly(nextWeekday(today, weekday), end)
  return dates.bareWeekday(weekday, today, end)
}

/** "Next week on Tuesday". */
function readNextWeek(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  if (!isRun(tokens, at, 'next week')) return undefined
  for (let next = at + 2; next < at + 5; next++) {
    const weekday = WEEKDAYS.indexOf(tokens[next] ?? '')
    if (weekday !== -1) return dates.exactly(dates.inWeekOf(weekday, today + 7), next + 1)
  }
  return undefined
}

interface Day {
  value: number
  end: number
  isOrdinal: boolean
}

/** "Twelfth", "12th", "twenty-first", "twelve". */
function readDay(tokens: Tokens, at: number): Day | undefined {
  const ordinal = ORDINALS.indexOf(tokens[at] ?? '') + 1
  if (ordinal > 0) return { value: ordinal, end: at + 1, isOrdinal: true }
  const tens = { twenty: 20, thirty: 30 }[tokens[at] ?? '']
  const unit = ORDINALS.indexOf(tokens[at + 1] ?? '') + 1
  if (tens !== undefined && unit > 0 && unit < 10) return { value: tens + unit, end: at + 2, isOrdinal: true }
  if (tokens[at] === 'thirtieth') return { value: 30, end: at + 1, isOrdinal: true }
  const number = readEnglishNumber(tokens, at)
  if (number === undefined || number.value < 1 || number.value > 31) return undefined
  const hasSuffix = SUFFIXES.has(tokens[number.end] ?? '')
  return { value: number.value, end: hasSuffix ? number.end + 1 : number.end, isOrdinal: hasSuffix }
}

const skip = (tokens: Tokens, at: number, ...words: string[]) => (words.includes(tokens[at] ?? '') ? at + 1 : at)

function readDate(tokens: Tokens, at: number, today: CivilDay, monthFirst: boolean): DateReading | undefined {
  const month = MONTHS.indexOf(tokens[at] ?? '') + 1
  if (month > 0) {
    const day = readDay(tokens, skip(tokens, at + 1, 'the'))
    return day && withYear(tokens, day.end, day.value, month, today)
  }
  const start = skip(tokens, at, 'the')
  const day = readDay(tokens, start)
  if (day === undefined) return undefined
  const named = MONTHS.indexOf(tokens[skip(tokens, day.end, 'of')] ?? '') + 1
  if (named > 0) return withYear(tokens, skip(tokens, day.end, 'of') + 1, day.value, named, today)
  return readFigureDate(tokens, start, today, monthFirst)
}

function withYear(tokens: Tokens, end: number, day: number, month: number, today: CivilDay) {
  const at = skip(tokens, end, ',', 'in')
  const year = readYear(tokens, at)
  const days = dates.inSomeYear(day, month, year?.value, today)
  return days.length === 0 ? undefined : { days, isGuess: false, end: year?.end ?? end }
}

/** "2027", "two thousand twenty-seven", "twenty twenty-seven", "nineteen eighty-five". */
function readYear(tokens: Tokens, at: number): { value: number; end: number } | undefined {
  const first = readEnglishNumber(tokens, at)
  if (first === undefined) return undefined
  if (first.value >= 1900 && first.value <= 2100) return first
  const second = first.value === 19 || first.value === 20 ? readEnglishNumber(tokens, first.end) : undefined
  return second === undefined || second.value > 99
    ? undefined
    : { value: first.value * 100 + second.value, end: second.end }
}

/** "12/03" in Britain, "03/12" in America. */
function readFigureDate(tokens: Tokens, at: number, today: CivilDay, monthFirst: boolean): DateReading | undefined {
  const [first, sign, second] = tokens.slice(at, at + 3)
  if (!isFigures(first) || !isFigures(second) || (sign !== '/' && sign !== '.') || second.length > 2) return undefined
  const [day, month] = monthFirst ? [Number(second), Number(first)] : [Number(first), Number(second)]
  const hasYear = tokens[at + 3] === sign && isFigures(tokens[at + 4])
  const days = dates.inSomeYear(day, month, hasYear ? Number(tokens[at + 4]) : undefined, today)
  return days.length === 0 ? undefined : { days, isGuess: false, end: at + (hasYear ? 5 : 3) }
}

/** "The twelfth", or nothing but "twelve". */
function readDayOfMonth(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  const day = readDay(tokens, skip(tokens, at, 'the'))
  if (day === undefined) return undefined
  const isAll = at === 0 && (day.end === tokens.length || tokens[day.end] === '.')
  return day.isOrdinal || isAll
    ? { days: dates.inSomeMonth(day.value, today), isGuess: !day.isOrdinal, end: day.end }
    : undefined
}
