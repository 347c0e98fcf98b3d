/**
 * When the slots of a schedule are, in a time zone with daylight saving time. A wall time is one slot: the first instant at which the
 * clocks of the zone show it or a later time. So in spring the times that are skipped are due when the clocks have been put forward,
 * all at once; in autumn, of the hour that is there twice, the first one counts. Instants are epoch milliseconds.
 */
import { readCron, wallTimes, type Cron } from './cron.ts'

export interface Schedule {
  readonly cron: Cron
  /** IANA. */
  readonly timeZone: string
}

export type ReadSchedule =
  { readonly schedule: Schedule } | { readonly field: 'schedule' | 'timeZone'; readonly problem: string }

const MINUTE = 60_000
const NANOSECONDS = 1_000_000

/** @returns the field that is wrong, and why, of a schedule that can not be kept */
export function readSchedule(text: string, timeZone: string): ReadSchedule {
  const read = readCron(text)
  if ('problem' in read) return { field: 'schedule', problem: read.problem }
  if (!isTimeZone(timeZone)) {
    return {
      field: 'timeZone',
      problem: `${timeZone} is not a time zone of the IANA database: write one, such as Europe/Paris`,
    }
  }
  return { schedule: { cron: read.cron, timeZone } }
}

function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && wallClock(0, name) !== undefined
  } catch {
    return false // RangeError: Temporal knows no such zone
  }
}

/** The first slot after an instant. It takes a millisecond at most, however rare slots are. */
export function nextSlot({ cron, timeZone }: Schedule, after: number): number | undefined {
  const shown = wallClock(after, timeZone)
  for (const time of wallTimes(cron, shown - (shown % MINUTE) + MINUTE)) {
    const slot = firstShown(time, timeZone)
    if (slot > after) return slot
  }
  return undefined
}

/** The slots after `after`, up to and with `until`: the first `most` of them. */
export function slotsBetween(schedule: Schedule, after: number, until: number, most: number): number[] {
  const slots: number[] = []
  for (let slot = nextSlot(schedule, after); slot !== undefined && slot <= until; slot = nextSlot(schedule, slot)) {
    if (slots.length === most) break
    slots.push(slot)
  }
  return slots
}

/** What the clocks of a zone show, as the milliseconds that UTC has when its clocks show it. */
export function wallClock(instant: number, timeZone: string): number {
  return instant + zoned(instant, timeZone).offsetNanoseconds / NANOSECONDS
}

const zoned = (instant: number, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone)

/** The first instant at which the clocks show a time or a later one. */
function firstShown(time: number, timeZone: string): number {
  const plain = zoned(time, 'UTC').toPlainDateTime()
  const first = plain.toZonedDateTime(timeZone, { disambiguation: 'earlier' })
  if (first.toPlainDateTime().equals(plain)) return first.epochMilliseconds
  // The clocks never show it: they are put forward over it, right after that instant.
  return first.getTimeZoneTransition('next')?.epochMilliseconds ?? first.epochMilliseconds
}

/** A slot for people, in the time zone of its schedule, such as 2026-11-30 06:30+01:00. */
export const showSlot = (slot: number, { timeZone }: Schedule) =>
  zoned(slot, timeZone).toString({ smallestUnit: 'minute', timeZoneName: 'never' }).replace('T', ' ')
