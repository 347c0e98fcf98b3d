import { addMonths, dayOf, mondayOf, nextWeekday, partsOf } from './calendar.ts'
import type { CivilDay, DateReading } from './grammar.ts'

/*
 * Own grammars rather than chrono-node 2.10.3, which was tried first: it takes a part of what was said for the whole
 * ("après-demain" gives tomorrow, "lundi en huit" next Monday, "March the twelfth" the first of March), and a date that is
 * wrong without a sign is worse than none. It also knows no numbers in French words.
 */

/** One day and no other. */
export const exactly = (day: CivilDay, end: number): DateReading => ({ days: [day], isGuess: false, end })

/** Day and month: in the year that fits, the coming one first. Undefined when there is no such day. */
export function inSomeYear(day: number, month: number, year: number | undefined, today: CivilDay): CivilDay[] {
  const thisYear = partsOf(today).year
  const years =
    year === undefined
      ? [thisYear, thisYear + 1, thisYear - 1, thisYear + 2, thisYear + 3, thisYear + 4]
      : year < 100
        ? [2000 + year, 1900 + year]
        : [year]
  const days = years.flatMap((each) => dayOf(each, month, day) ?? [])
  return year === undefined ? comingFirst(days, today) : days
}

/** A day of some month, the coming one first. */
export function inSomeMonth(day: number, today: CivilDay): CivilDay[] {
  const first = today - partsOf(today).day + 1
  const days = [0, 1, 2, 3, -1].flatMap((offset) => {
    const { year, month } = partsOf(addMonths(first, offset))
    return dayOf(year, month, day) ?? []
  })
  return comingFirst(days, today)
}

const comingFirst = (days: readonly CivilDay[], today: CivilDay): CivilDay[] => [
  ...days.filter((day) => day >= today).sort((a, b) => a - b),
  ...days.filter((day) => day < today).sort((a, b) => b - a),
]

/** So far from the likeliest day another one may be that falls on the day of the week that was said: months, not years. */
const NEAR_DAYS = 200

/** Dates that were said with a day of the week: the first that falls on it. When none does, one of the two is wrong. */
export function onWeekday(days: readonly CivilDay[], weekday: number, end: number): DateReading {
  const isNear = (day: CivilDay) => Math.abs(day - days[0]!) <= NEAR_DAYS
  const fitting = days.filter((day) => isNear(day) && partsOf(day).weekday === weekday)
  return fitting.length > 0 ? { days: fitting, isGuess: false, end } : { days, isGuess: true, end }
}

/** A bare day of the week: the coming one. On that very day it can mean today, or in a week. */
export function bareWeekday(weekday: number, today: CivilDay, end: number): DateReading {
  const next = nextWeekday(today, weekday)
  return { days: [next, next - 7], isGuess: next - today === 7, end }
}

/** "Mardi prochain", "next Tuesday": when this week still has one, some mean that and some the one after. */
export function nextOne(weekday: number, today: CivilDay, end: number): DateReading {
  const next = nextWeekday(today, weekday)
  const isTomorrow = next - today === 1
  const isThisWeek = mondayOf(next) === mondayOf(today)
  return { days: isTomorrow ? [next + 7, next] : [next, next + 7], isGuess: isThisWeek, end }
}

export const inWeekOf = (weekday: number, day: CivilDay): CivilDay => mondayOf(day) + weekday
