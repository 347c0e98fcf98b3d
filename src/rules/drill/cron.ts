/**
 * The five fields of a schedule, as Kubernetes reads them for a CronJob (robfig/cron v3): lists, ranges, steps and English names;
 * N/STEP is N-MAX/STEP; with both day fields restricted, either is enough. Beyond that, 7 is Sunday too.
 */
interface Field {
  readonly name: string
  readonly least: number
  readonly most: number
  /** Highest number that may be written, where that is another name of `least`. */
  readonly mostWritten?: number
  readonly names?: readonly string[]
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const WEEK_DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of week', least: 0, most: 6, mostWritten: 7, names: WEEK_DAYS },
]
/** Days of each month in a leap year. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const LONGEST_TEXT = 100

export interface Cron {
  /** Ascending, as all lists here. */
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: readonly number[]
  /** 1 is January. */
  readonly months: readonly number[]
  /** 0 is Sunday. */
  readonly weekDays: readonly number[]
  /** Both day fields are restricted, so a day that matches one of them matches. */
  readonly eitherDay: boolean
}

export type ReadCron = { readonly cron: Cron } | { readonly problem: string }

interface Values {
  values: number[]
  /** It has a bare *, so it restricts nothing. */
  isStar: boolean
}

/** @returns the problem, with its cure, of a text that is no schedule, or one that never comes */
export function readCron(text: string): ReadCron {
  const parts = text.length > LONGEST_TEXT ? [] : text.split(' ')
  if (parts.length !== FIELDS.length) {
    return { problem: 'it must have five fields, one space apart: minute, hour, day of month, month, day of week' }
  }
  const read = FIELDS.map((field, index) => readField(parts[index]!, field))
  const wrong = read.find((each) => 'problem' in each)
  if (wrong !== undefined) return wrong as { problem: string }
  const [minute, hour, day, month, weekDay] = read as [Values, Values, Values, Values, Values]
  const cron: Cron = {
    minutes: minute.values,
    hours: hour.values,
    days: day.values,
    months: month.values,
    weekDays: weekDay.values,
    eitherDay: !day.isStar && !weekDay.isStar,
  }
  return isEver(cron) ? { cron } : { problem: `day ${parts[2]} never comes in month ${parts[3]}: correct one of them` }
}

/** Some day of some month is in the calendar. With days of the week that are enough alone, one always is. */
const isEver = ({ days, months, eitherDay }: Cron) =>
  eitherDay || months.some((month) => days[0]! <= LONGEST[month - 1]!)

function readField(text: string, field: Field): Values | { problem: string } {
  const found = new Set<number>()
  let isStar = false
  for (const part of text.split(',')) {
    const range = readPart(part, field)
    if ('problem' in range) return range
    const { from, to, step } = range
    isStar ||= part.startsWith('*') && step === 1
    const values = field.most - field.least + 1
    for (let value = from; value <= to; value += step) found.add(((value - field.least) % values) + field.least)
  }
  return { values: [...found].sort((a, b) => a - b), isStar }
}

function readPart(part: string, field: Field): { from: number; to: number; step: number } | { problem: string } {
  const { name, least, most, mostWritten = most } = field
  const [, range = '', first = '', last, step = '1'] =
    /^(\*|(\w{1,3})(?:-(\w{1,3}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? []
  const from = range === '*' ? least : valueOf(first, field)
  const isOpen = range === '*' || (last === undefined && part.includes('/'))
  const to = isOpen ? Math.max(most, from) : valueOf(last ?? first, field)
  const isKnown = [from, to].every((value) => value >= least && value <= mostWritten)
  if (!isKnown || Number(step) === 0) {
    return {
      problem: `${name} can not be "${part}": write numbers from ${least} to ${mostWritten}, such as ${least}-${least + 2} or */2`,
    }
  }
  if (from > to) {
    const [end, begin] = [field.names?.at(-1) ?? most, field.names?.[0] ?? least]
    return { problem: `${name} ${range} ends before it begins: write ${first}-${end},${begin}-${last!}` }
  }
  return { from, to, step: Number(step) }
}

/** NaN: it is none. */
function valueOf(text: string, { least, names = [] }: Field): number {
  const index = names.indexOf(text)
  if (index !== -1) return index + least
  return /^\d{1,2}$/.test(text) ? Number(text) : NaN
}

const DAY = 86_400_000
const MINUTE = 60_000
/** From 29 February 2096 it is eight years to the next one. */
const MOST_MONTHS = 8 * 12 + 2

/**
 * The wall times that match, ascending, from `from` on, for eight years: each as the milliseconds that UTC has when its clocks show that
 * time. Weeks and months are skipped by arithmetic, so a rare schedule costs a hundred steps and no more.
 */
export function* wallTimes(cron: Cron, from: number): Generator<number> {
  const begin = new Date(from)
  const firstMonth = begin.getUTCFullYear() * 12 + begin.getUTCMonth()
  for (let month = firstMonth; month < firstMonth + MOST_MONTHS; month++) {
    if (!cron.months.includes((month % 12) + 1)) continue
    const first = Date.UTC(Math.floor(month / 12), month % 12, 1)
    const next = Date.UTC(Math.floor((month + 1) / 12), (month + 1) % 12, 1)
    for (let day = Math.max(first, from - (from % DAY)); day < next; day += DAY) {
      if (matchesDay(cron, day)) yield* timesOf(cron, day, from)
    }
  }
}

function matchesDay({ days, weekDays, eitherDay }: Cron, midnight: number): boolean {
  const date = new Date(midnight)
  const [isDay, isWeekDay] = [days.includes(date.getUTCDate()), weekDays.includes(date.getUTCDay())]
  return eitherDay ? isDay || isWeekDay : isDay && isWeekDay
}

function* timesOf({ hours, minutes }: Cron, midnight: number, from: number): Generator<number> {
  for (const hour of hours) {
    for (const minute of minutes) {
      const time = midnight + (hour * 60 + minute) * MINUTE
      if (time >= from) yield time
    }
  }
}
