/** What a drill does and what it must prove; shared by the schedule of an Integration and by a FailoverDrill. */
import { choice, group, integer, labelValue, setOf } from './fields.ts'
import { notServed, withRules } from './rule.ts'

const MODES = ['DryRun', 'Synthetic', 'Share', 'Full'] as const
const SCENARIOS = ['Blackhole', 'Refuse', 'Disconnect'] as const
const SIDES = ['SIP', 'HTTP'] as const
export type Mode = (typeof MODES)[number]
export type Scenario = (typeof SCENARIOS)[number]
export type Side = (typeof SIDES)[number]

export const side = choice('Which side of the integration is drilled: the trunks or the web service.', SIDES)
export const scenario = choice(
  'The simulated fault of the primary. Blackhole: no answer. Refuse: it answers 503. Disconnect: connections break.',
  SCENARIOS,
)

const limits = group('Limits for the verdict Passed.', {
  detectMilliseconds: integer('The longest time until the fault is detected, in milliseconds.', 100, 600000).default(
    5000,
  ),
  switchMilliseconds: integer(
    'The longest time from the fault to the first good call over the backup, in milliseconds.',
    100,
    600000,
  ).default(10000),
  returnSeconds: integer(
    'The longest time from the end of the fault to the first good call over the primary, in seconds.',
    1,
    86400,
  ).default(300),
  realCalls: integer(
    'The most real calls that may be affected by the fault. At 0 there is no limit.',
    0,
    1000000,
  ).default(0),
})

const abort = group('When a drill is aborted, to protect callers.', {
  failedCallsPercent: integer(
    'Aborts the drill when more than this percentage of the real calls of the last minute fails. At 0 one failed call is enough.',
    0,
    100,
  ).default(1),
  backupFailures: integer(
    'Aborts the drill after this number of failed calls over the backup. At 0 there is no limit.',
    0,
    1000,
  ).default(2),
  unansweredPercent: integer(
    'Aborts the drill when more than this percentage of the real calls over the backup is not answered.',
    0,
    100,
  ).default(20),
})

/** The fields of a run that both a schedule and a single drill have. */
export const runFields = {
  mode: withRules(
    choice(
      'DryRun: only checks that a drill could run. Synthetic: only test calls of the drill are affected by the fault. ' +
        'Share: so are sharePercent of the real new calls. Full: so are all new calls. Live calls are never affected. ' +
        'This version serves DryRun only.',
      MODES,
    ),
    {
      cel: "self == 'DryRun'",
      message: 'mode must be DryRun, which changes nothing: the other modes are not served by this version',
      holds: (mode) => mode === 'DryRun',
    },
  ),
  sharePercent: notServed(
    'sharePercent',
    integer('Share: percentage of the real new calls that are affected by the fault.', 1, 99),
  ),
  holdSeconds: notServed('holdSeconds', integer('Duration of the fault after it was detected, in seconds.', 5, 3600)),
  testCalls: notServed(
    'testCalls',
    integer('Number of test calls during the fault. With fewer than 3 good ones the verdict is Inconclusive.', 3, 1000),
  ),
  retries: notServed(
    'retries',
    integer('How many times a drill that ended Inconclusive or Interrupted is repeated before the next slot.', 0, 3),
  ),
  zones: notServed(
    'zones',
    setOf('The zones whose edges are affected by the fault. Empty: all.', labelValue('One zone.'), { max: 16 }),
  ),
  limits: notServed('limits', limits),
  abort: notServed('abort', abort),
}
