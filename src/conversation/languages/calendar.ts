import type { CivilDay } from './grammar.ts'

const DAY_MS = 86_400_000

/** What day it is in a time zone, for any moment (epoch milliseconds). To make one costs far more than to ask it. */
export function dayCounter(timeZone: string): (now: number) => CivilDay {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' })
  return (now) => {
    const parts = format.formatToParts(new Date(now)).map(({ type, value }) => [type, Number(value)] as const)
    const { year, month, day } = Object.fromEntries(parts) as { year: number; month: number; day: number }
    return Math.round(Date.UTC(year, month - 1, day) / DAY_MS)
  }
}

/** The day of a date; undefined when there is no such date, as 30 February. Months count from 1. */
export function dayOf(year: number, month: number, day: number): CivilDay | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return Math.round(date.getTime() / DAY_MS)
}

/** Months count from 1, days of the week from Monday, which is 0. */
export function partsOf(day: CivilDay): { year: number; month: number; day: number; weekday: number } {
  const date = new Date(day * DAY_MS)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: (date.getUTCDay() + 6) % 7,
  }
}

/** The first day after `day` with this day of the week. */
export const nextWeekday = (day: CivilDay, weekday: number): CivilDay =>
  day + ((weekday - partsOf(day).weekday + 6) % 7) + 1

export const mondayOf = (day: CivilDay): CivilDay => day - partsOf(day).weekday

/** The same day `months` later, or the last of that month when it is shorter. */
export function addMonths(day: CivilDay, months: number): CivilDay {
  const from = partsOf(day)
  const index = from.year * 12 + from.month - 1 + months
  const [year, month] = [Math.floor(index / 12), (index % 12) + 1]
  for (let date = from.day; ; date--) {
    const found = dayOf(year, month, date)
    if (found !== undefined) return found
  }
}

/** As it is written in a Callbot, an HTTP call or a record: 2026-11-24. */
export const isoOf = (day: CivilDay): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** @returns undefined when it isn't a date */
export function dayOfIso(text: string): CivilDay | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  return found === null ? undefined : dayOf(Number(found[1]), Number(found[2]), Number(found[3]))
}
