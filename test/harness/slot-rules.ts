import { readSchedule, type Schedule } from '../../src/rules/drill/schedule.ts'
import type { SlotRules } from '../../src/rules/drill/slots.ts'

/** 6:30 in Paris: a slot of the rules below. */
export const MONDAY = Date.parse('2026-11-30T05:30:00Z')

export const scheduleOf = (text: string, zone = 'Europe/Paris'): Schedule =>
  (readSchedule(text, zone) as { schedule: Schedule }).schedule

/** Mondays at 6:30, with ten minutes in which a drill may start, unless a test says otherwise. */
export const slotRules = (given: Partial<SlotRules> & { cron?: string } = {}): SlotRules => ({
  ...{ schedule: scheduleOf(given.cron ?? '30 6 * * 1'), suspend: false, startingDeadlineSeconds: 600 },
  ...{ jitterSeconds: 0, blackouts: [], uid: 'uid-1' },
  ...given,
})
