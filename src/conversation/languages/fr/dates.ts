import { FRENCH_MONTHS, readFrenchNumber } from './numbers.ts'
import { isFigures, isRun, type Tokens } from '../tokens.ts'
import { addMonths, nextWeekday } from '../calendar.ts'
import * as dates from '../date-readings.ts'
import type { CivilDay, DateReading, ReadDate } from '../grammar.ts'

const WEEKDAYS = ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche']
/** Not followed by one of these, "le douze" is a day of the month. */
const UNITS = new Set(['h', 'heure', 'heures', 'fois', 'euro', 'euros', 'virgule', ':', 'jour', 'jours', 'mois'])

/** French dates: "après-demain", "mardi en huit", "le 12 mars", "dans trois jours". */
export const readFrenchDate: ReadDate = (tokens, at, { today }) =>
  readRelative(tokens, at, today) ??
  readDistance(tokens, at, today) ??
  readWeekday(tokens, at, today) ??
  readNextWeek(tokens, at, today) ??
  readDayAndMonth(tokens, at, today) ??
  readDayOfMonth(tokens, at, today)

const RELATIVE: readonly (readonly [run: string, days: number])[] = [
  ['apres demain', 2],
  ['avant hier', -2],
  ['aujourd hui', 0],
  ['demain', 1],
  ['hier', -1],
  ['ce matin', 0],
  ['ce midi', 0],
  ['cet apres midi', 0],
  ['cette apres midi', 0],
  ['ce soir', 0],
]

function readRelative(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  const found = RELATIVE.find(([run]) => isRun(tokens, at, run))
  return found && dates.exactly(today + found[1], at + found[0].split(' ').length)
}

/** "Dans trois jours", "d'ici deux semaines", "il y a un mois". Eight days are a week, fifteen are two: for most people. */
function readDistance(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  const start = ['dans', 'd ici', 'il y a'].find((run) => isRun(tokens, at, run))
  if (start === undefined) return undefined
  const after = at + start.split(' ').length
  const sign = start === 'il y a' ? -1 : 1
  if (isRun(tokens, after, 'une quinzaine')) return { days: [today + 14 * sign], isGuess: true, end: after + 2 }
  const count = readFrenchNumber(tokens, after)
  if (count === undefined) return undefined
  const end = count.end + 1
  switch (tokens[count.end]) {
    case 'jour':
    case 'jours': {
      const idiom = { 8: 7, 15: 14 }[count.value]
      return { days: [today + (idiom ?? count.value) * sign], isGuess: idiom !== undefined, end }
    }
    case 'semaine':
    case 'semaines':
      return dates.exactly(today + count.value * 7 * sign, end)
    case 'mois':
      return dates.exactly(addMonths(today, count.value * sign), end)
    case 'an':
    case 'ans':
      return dates.exactly(addMonths(today, count.value * 12 * sign), end)
    default:
      return undefined
  }
}

function readWeekday(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  const weekday = WEEKDAYS.indexOf(tokens[at] ?? '')
  if (weekday === -1) return undefined
  const next = at + 1
  const date = readDayAndMonth(tokens, next, today) ?? readWeekdayAndDay(tokens, next, today)
  if (date !== undefined) return dates.onWeekday(date.days, weekday, date.end)
  if (isRun(tokens, next, 'prochain')) return dates.nextOne(weekday, today, next + 1)
  if (isRun(tokens, next, 'qui vient')) return dates.exactly(nextWeekday(today, weekday), next + 2)
  if (isRun(tokens, next, 'en huit')) return dates.exactly(nextWeekday(today, weekday) + 7, next + 2)
  if (isRun(tokens, next, 'en 8')) return dates.exactly(nextWeekday(today, weekday) + 7, next + 2)
  if (isRun(tokens, next, 'en quinze')) return dates.exactly(nextWeekday(today, weekday) + 14, next + 2)
  if (isRun(tokens, next, 'en 15')) return dates.exactly(nextWeekday(today, weekday) + 14, next + 2)
  for (const run of ['de la semaine prochaine', 'la semaine prochaine']) {
    if (isRun(tokens, next, run)) {
      return dates.exactly(dates.inWeekOf(weekday, today + 7), next + run.split(' ').length)
    }
  }
  if (['dernier', 'passe'].includes(tokens[next] ?? '')) {
    return dates.exactly(nextWeekday(today - 8, weekday), next + 1)
  }
  return dates.bareWeekday(weekday, today, next)
}

/** "Vendredi douze", "vendredi le 12". */
function readWeekdayAndDay(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  const day = readDay(tokens, tokens[at] === 'le' ? at + 1 : at)
  if (day === undefined || UNITS.has(tokens[day.end] ?? '')) return undefined
  return { days: dates.inSomeMonth(day.value, today), isGuess: false, end: day.end }
}

/** "La semaine prochaine, (plutôt) mardi". */
function readNextWeek(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  if (!isRun(tokens, at, 'semaine prochaine')) return undefined
  for (let next = at + 2; next < at + 6; next++) {
    const weekday = WEEKDAYS.indexOf(tokens[next] ?? '')
    if (weekday !== -1) return dates.exactly(dates.inWeekOf(weekday, today + 7), next + 1)
  }
  return undefined
}

function readDay(tokens: Tokens, at: number): { value: number; end: number } | undefined {
  if (tokens[at] === 'premier') return { value: 1, end: at + 1 }
  const number = readFrenchNumber(tokens, at)
  if (number === undefined || number.value < 1 || number.value > 31) return undefined
  return { value: number.value, end: tokens[number.end] === 'er' ? number.end + 1 : number.end }
}

function readDayAndMonth(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  const day = readDay(tokens, tokens[at] === 'le' ? at + 1 : at)
  if (day === undefined) return undefined
  const month = FRENCH_MONTHS.findIndex((names) => names.includes(tokens[day.end] ?? '')) + 1
  if (month === 0) return readFigureDate(tokens, day, today)
  const year = readYear(tokens, day.end + 1)
  const days = dates.inSomeYear(day.value, month, year?.value, today)
  return days.length === 0 ? undefined : { days, isGuess: false, end: year?.end ?? day.end + 1 }
}

/** "12/03", "12.03.2027". */
function readFigureDate(tokens: Tokens, day: { value: number; end: number }, today: CivilDay) {
  const sign = tokens[day.end]
  const month = tokens[day.end + 1]
  if ((sign !== '/' && sign !== '.') || !isFigures(tokens[day.end - 1]) || !isFigures(month) || month.length > 2) {
    return undefined
  }
  const hasYear = tokens[day.end + 2] === sign && isFigures(tokens[day.end + 3])
  const year = hasYear ? Number(tokens[day.end + 3]) : undefined
  const days = dates.inSomeYear(day.value, Number(month), year, today)
  return days.length === 0 ? undefined : { days, isGuess: false, end: day.end + (hasYear ? 4 : 2) }
}

function readYear(tokens: Tokens, at: number): { value: number; end: number } | undefined {
  const year = readFrenchNumber(tokens, at)
  if (year === undefined) return undefined
  // Of two digits only those that are no day and no hour: "le 12 mars 85".
  const isShort = year.value > 31 && year.value < 100 && !UNITS.has(tokens[year.end] ?? '')
  return isShort || (year.value >= 1900 && year.value <= 2100) ? year : undefined
}

/** "Le douze", or nothing but "douze". */
function readDayOfMonth(tokens: Tokens, at: number, today: CivilDay): DateReading | undefined {
  const isAll = at === 0
  const day = readDay(tokens, tokens[at] === 'le' ? at + 1 : at)
  if (day === undefined || UNITS.has(tokens[day.end] ?? '')) return undefined
  if (tokens[at] !== 'le' && !(isAll && (day.end === tokens.length || tokens[day.end] === '.'))) return undefined
  return { days: dates.inSomeMonth(day.value, today), isGuess: tokens[at] !== 'le', end: day.end }
}
