/** What a drill does and what it must prove; shared by the schedule of an Integration and by a FailoverDrill. */
import type { z } from 'zod'
import { choice, group, integer, labelValue, setOf } from './fields.ts'
import { notServed, type Rule, when, withRules } from './rule.ts'

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

const limits = group('Synthetic: limits for the verdict Passed.', {
  detectMilliseconds: integer(
    'The longest time until every edge, or for side HTTP every pod that takes part, has detected the fault, in milliseconds. Default: 5000, and 10000 for side HTTP.',
    100,
    600000,
  ).optional(),
  switchMilliseconds: integer(
    'The longest time from the fault to the first good test over the backup in each zone, in milliseconds. Default: 10000.',
    100,
    600000,
  ).optional(),
  returnSeconds: integer(
    'The longest time from the end of the fault to the first good test over the primary in each zone, in seconds. Default: 300.',
    1,
    3600,
  ).optional(),
  realCalls: notServed(
    'realCalls',
    integer('The most real calls that may be affected by the fault. At 0 there is no limit.', 0, 1000000),
  ),
})

const abort = group('Synthetic: when a drill is aborted.', {
  failedCallsPercent: notServed(
    'failedCallsPercent',
    integer('Aborts the drill when more than this percentage of the real calls of the last minute fails.', 0, 100),
  ),
  backupFailures: integer(
    'Ends the drill after this number of failed tests over the backup. At 0 there is no limit. Default: 2.',
    0,
    1000,
  ).optional(),
  unansweredPercent: notServed(
    'unansweredPercent',
    integer(
      'Aborts the drill when more than this percentage of the real calls over the backup is not answered.',
      0,
      100,
    ),
  ),
})

/** The fields of a run that both a schedule and a single drill have. */
export const runFields = {
  mode: withRules(
    choice(
      'DryRun: only checks that a drill could run. Synthetic: only test calls or test requests of the drill are affected by the fault. ' +
        'Share: so are sharePercent of the real new calls. Full: so are all new calls. Live calls are never affected. ' +
        'This version serves DryRun and Synthetic.',
      MODES,
    ),
    {
      cel: "self in ['DryRun', 'Synthetic']",
      message: 'mode must be DryRun or Synthetic: Share and Full are not served by this version',
      holds: (mode) => isServed(mode),
    },
  ),
  sharePercent: notServed(
    'sharePercent',
    integer('Share: percentage of the real new calls that are affected by the fault.', 1, 99),
  ),
  holdSeconds: integer(
    'Synthetic: duration of the fault after it was detected, in seconds. Default: 20.',
    5,
    3600,
  ).optional(),
  testCalls: integer(
    'Synthetic: number of test calls, or for side HTTP of test requests, during the fault. With fewer than 3 good ones the verdict is Inconclusive. Default: 9.',
    3,
    1000,
  ).optional(),
  retries: notServed(
    'retries',
    integer('How many times a drill that ended Inconclusive or Interrupted is repeated before the next slot.', 0, 3),
  ),
  zones: notServed(
    'zones',
    setOf('The zones whose edges are affected by the fault. Empty: all.', labelValue('One zone.'), { max: 16 }),
  ),
  limits: limits.optional(),
  abort: abort.optional(),
}

export const isServed = (mode: Mode) => mode === 'DryRun' || mode === 'Synthetic'

/** What a run is to do, beside its side and scenario. */
export interface RunFields {
  mode: Mode
  holdSeconds?: number | undefined
  testCalls?: number | undefined
  limits?: z.output<typeof limits> | undefined
  abort?: z.output<typeof abort> | undefined
}

const ONLY_SYNTHETIC = ['holdSeconds', 'testCalls', 'limits', 'abort'] as const

/** A drill by checks alone has nothing to hold, to place or to measure. */
export const noMeaningInDryRun = <T extends RunFields>(): Rule<T>[] =>
  ONLY_SYNTHETIC.map((name) =>
    when<T>(
      name,
      `self.mode != 'DryRun' || !has(self.${name})`,
      `${name} has no meaning with mode DryRun, which places no call: remove it, or set mode to Synthetic`,
      (run) => run.mode !== 'DryRun' || run[name] === undefined,
    ),
  )
