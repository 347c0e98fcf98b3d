import type { Schedule } from './schedule.ts'
import { wallClock } from './schedule.ts'

/** Times in which no drill starts, in the time zone of the schedule: hours of certain days of the week, or a range of days. */
export interface Blackout {
  readonly name: string
  /** None: every day. */
  readonly days: readonly ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[]
  /** HH:MM. An end that is not after the start is on the next day. */
  readonly from?: string | undefined
  readonly until?: string | undefined
  /** YYYY-MM-DD; both days are part of it. */
  readonly firstDay?: string | undefined
  readonly lastDay?: string | undefined
}

const DAY = 86_400_000
const WEEK_DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

/** The first blackout that covers an instant, if any. */
export function blackoutAt(
  instant: number,
  blackouts: readonly Blackout[],
  { timeZone }: Schedule,
): Blackout | undefined {
  if (blackouts.length === 0) return undefined
  const shown = wallClock(instant, timeZone)
  const text = new Date(shown).toISOString()
  return blackouts.find((blackout) => covers(blackout, shown, text))
}

function covers({ days, from, until, firstDay, lastDay }: Blackout, shown: number, text: string): boolean {
  if (firstDay !== undefined && lastDay !== undefined)
    return firstDay <= text.slice(0, 10) && text.slice(0, 10) <= lastDay
  if (from === undefined || until === undefined) return false
  const isOn = (time: number) => days.length === 0 || days.includes(WEEK_DAYS[new Date(time).getUTCDay()]!)
  const time = text.slice(11, 16)
  if (from < until) return isOn(shown) && from <= time && time < until
  return (isOn(shown) && from <= time) || (isOn(shown - DAY) && time < until)
}
