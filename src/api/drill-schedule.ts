/** When an Integration is drilled: like a CronJob, and never silently late. */
import { z } from 'zod'
import { choice, group, integer, list, listBy, partName, setOf, text } from './fields.ts'
import { rulesOfModes, runFields, scenario, side } from './drill-run.ts'
import { matches, notServed, when, withRules } from './rule.ts'

/** One field of cron: *, values, ranges and steps, joined by commas. */
const cronField = (value: string) => {
  const part = `(\\*|(${value})(-(${value}))?)(/[1-9][0-9]?)?`
  return `${part}(,${part})*`
}

// eslint-disable-next-line no-restricted-syntax -- linear by its commas and spaces; of 100 characters
const CRON = new RegExp(
  `^${[
    '[0-5]?[0-9]',
    '[01]?[0-9]|2[0-3]',
    '0?[1-9]|[12][0-9]|3[01]',
    '0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC',
    '[0-7]|SUN|MON|TUE|WED|THU|FRI|SAT',
  ]
    .map(cronField)
    .join(' ')}$`,
)

const clockTime = (description: string) =>
  withRules(
    z.string().min(1).max(5).describe(description),
    matches(
      /^([01][0-9]|2[0-3]):[0-5][0-9]$/,
      'a time of day must be hours and minutes from 00:00 to 23:59, such as 08:30',
    ),
  )

export const calendarDay = (description: string) =>
  withRules(
    z.string().min(1).max(10).describe(description),
    matches(
      /^20[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$/,
      'a day must be year, month and day, such as 2026-12-24',
    ),
  )

const blackoutShape = group('A time in which no drill starts: hours of certain week days, or a range of days.', {
  name: partName('Name of the blackout, such as christmas.'),
  days: setOf(
    'Week days on which from and until apply. Empty: every day.',
    z.enum(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']).describe('One week day.'),
    {
      max: 7,
    },
  ).default([]),
  from: clockTime('Start of the hours, in timeZone.').optional(),
  until: clockTime('End of the hours, in timeZone; if it is before from, it is on the next day.').optional(),
  firstDay: calendarDay('The first day, in timeZone.').optional(),
  lastDay: calendarDay('The last day, in timeZone.').optional(),
})

type Blackout = z.output<typeof blackoutShape>

const blackout = withRules(
  blackoutShape,
  {
    cel: 'has(self.from) == has(self.until) && has(self.firstDay) == has(self.lastDay) && has(self.from) != has(self.firstDay)',
    message:
      'a blackout must have either from and until, or firstDay and lastDay: complete the pair, or make two blackouts',
    holds: ({ from, until, firstDay, lastDay }: Blackout) =>
      (from === undefined) === (until === undefined) &&
      (firstDay === undefined) === (lastDay === undefined) &&
      (from === undefined) !== (firstDay === undefined),
  },
  when<Blackout>(
    'lastDay',
    '!has(self.firstDay) || !has(self.lastDay) || self.firstDay <= self.lastDay',
    'lastDay must not be before firstDay: exchange them',
    ({ firstDay, lastDay }) => firstDay === undefined || lastDay === undefined || firstDay <= lastDay,
  ),
)

const shape = group(
  'When and how the integration is drilled. A missed slot is recorded, and an overdue drill is reported as a fault.',
  {
    schedule: withRules(
      z
        .string()
        .min(9)
        .max(100)
        .describe(
          'Time of the drills: minute, hour, day of month, month, day of week, as in cron. "30 6 * * 1" is Mondays at 6:30. ' +
            'A time that the clocks skip in spring is due when they have been put forward; of an hour that is there twice in autumn the first one counts.',
        ),
      matches(
        CRON,
        'schedule must have five fields as in cron, one space apart: minute, hour, day of month, month, day of week, such as "30 6 * * 1"',
      ),
    ),
    timeZone: withRules(
      z
        .string()
        .min(1)
        .max(64)
        .describe('The time zone of the schedule and the blackouts (IANA), such as Europe/Paris.'),
      matches(
        /^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)*$/,
        'timeZone must be the name of an IANA time zone, such as Europe/Paris or Etc/UTC',
      ),
    ),
    suspend: z
      .boolean()
      .describe('true: no drill starts. Slots that pass meanwhile are not caught up. A running drill continues.')
      .default(false),
    startingDeadlineSeconds: integer(
      'How late a drill may start, in seconds; after that, the slot is recorded as missed. A drill that waits for a lease of the edges is skipped then.',
      10,
      86400,
    ).default(600),
    concurrencyPolicy: choice(
      'Forbid: while a drill of the integration runs, a slot is skipped, and recorded. No other value is supported.',
      ['Forbid'],
    ).default('Forbid'),
    jitterSeconds: integer(
      'Maximum random delay of a drill, in seconds, so that drills do not start simultaneously. It ends before the next slot. At 0: no delay.',
      0,
      3600,
    ).default(0),
    overdueAfterSeconds: integer(
      'Age of the newest passed drill, in seconds, above which the condition DrillOnTime is False. Default: 40 days.',
      3600,
      34560000,
    ).default(3456000),
    successfulRunsHistoryLimit: integer(
      'Number of passed drills of the schedule that are kept as objects. The newest drill is kept in any case.',
      0,
      100,
    ).default(3),
    failedRunsHistoryLimit: integer(
      'Number of other finished drills of the schedule that are kept as objects.',
      0,
      100,
    ).default(5),
    blackouts: listBy('name', 'Times in which no drill starts. A slot inside is skipped, and recorded.', blackout, {
      max: 50,
    }).default([]),
    rotation: list(
      'The drills, in rotation: the first slot takes the first entry, the next slot the next one, and the first follows the last.',
      group('One kind of drill.', { side, scenario }),
      { min: 1, max: 12 },
    ).default([{ side: 'SIP', scenario: 'Blackhole' }]),
    contact: notServed(
      'contact',
      text('The team that is responsible for this drill, for alerts. Not the name of a person.', 100),
    ),
    ...runFields,
  },
)

type Shape = z.output<typeof shape>

const isSip = {
  cel: "self.rotation.all(each, each.side == 'SIP')",
  holds: ({ rotation }: Shape) => rotation.every(({ side: each }) => each === 'SIP'),
}

export const drillScheduleSchema = withRules(shape, ...rulesOfModes<Shape>(isSip))
