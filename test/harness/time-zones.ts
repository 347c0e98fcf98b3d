import { wallClock } from '../../src/rules/drill/schedule.ts'

const HOUR = 3_600_000

/** A moment at which the clocks of a zone are put forward or back. Epoch milliseconds. */
export interface ClockChange {
  zone: string
  at: number
  /** How far the clocks go forward (more than 0) or back, in milliseconds. */
  by: number
}

/** Every change of the clocks of every zone of the IANA database within some years. */
export function clockChanges(from: string, until: string): ClockChange[] {
  const [begin, end] = [Date.parse(from), Date.parse(until)]
  return Intl.supportedValuesOf('timeZone').flatMap((zone) => {
    const changes: ClockChange[] = []
    let at: number | undefined = begin
    while ((at = nextChange(at, zone)) !== undefined && at < end) {
      changes.push({ zone, at, by: wallClock(at, zone) - wallClock(at - 1, zone) - 1 })
    }
    return changes
  })
}

const nextChange = (after: number, zone: string): number | undefined =>
  Temporal.Instant.fromEpochMilliseconds(after).toZonedDateTimeISO(zone).getTimeZoneTransition('next')
    ?.epochMilliseconds

/** Why the slots of two schedules around a change differ, one reason for each slot that only one of them has. */
export function explainSlots(
  { zone, at, by }: ClockChange,
  ours: readonly number[],
  theirs: readonly number[],
): string[] {
  const where = (slot: number) => {
    if (slot === at && by > 0) return 'at the end of the gap'
    if (by < 0 && slot >= at && slot < at - by) return 'in the second pass'
    if (by % HOUR !== 0 || at % HOUR !== 0) return 'around a change that is not of whole hours'
    return `unexplained, in ${zone} at ${new Date(slot).toISOString()}`
  }
  return [
    ...ours.filter((slot) => !theirs.includes(slot)).map((slot) => `ours alone: ${where(slot)}`),
    ...theirs.filter((slot) => !ours.includes(slot)).map((slot) => `theirs alone: ${where(slot)}`),
  ]
}
