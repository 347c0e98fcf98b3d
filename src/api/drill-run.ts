/** What a drill does and what it must prove; shared by the schedule of an Integration and by a FailoverDrill. */
import type { z } from 'zod'
import { choice, group, integer, labelValue, setOf } from './fields.ts'
import { notServed, type Rule, when } from './rule.ts'

const MODES = ['DryRun', 'Synthetic', 'Share', 'Full'] as const
export const SCENARIOS = ['Blackhole', 'Refuse', 'Disconnect'] as const
const SIDES = ['SIP', 'HTTP'] as const
export type Mode = (typeof MODES)[number]
export type Scenario = (typeof SCENARIOS)[number]
export type Side = (typeof SIDES)[number]

export const side = choice('Which side of the integration is drilled: the trunks or the web service.', SIDES)
export const scenario = choice(
  'The simulated fault of the primary. Blackhole: no answer. Refuse: it answers 503. Disconnect: connections break.',
  SCENARIOS,
)

const limits = group('Limits for the verdict Passed, and for the real calls that are affected. Not for DryRun.', {
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
  realCalls: integer(
    'Share and Full: the most real calls that may be affected by the fault. They are divided between the edges. At 0 there is no limit. Default: 0.',
    0,
    1000000,
  ).optional(),
})

const abort = group('When a drill is aborted. Not for DryRun.', {
  failedCallsPercent: integer(
    'Share and Full: aborts the drill when the backup fails more than this percentage of the affected real calls. Callers that it fails are put through by the primary in the same call. Default: 0.',
    0,
    100,
  ).optional(),
  backupFailures: integer(
    'Ends the drill after this number of failed tests over the backup. At 0 there is no limit. Default: 2.',
    0,
    1000,
  ).optional(),
  unansweredPercent: integer(
    'Share and Full: aborts the drill when more than this percentage of the real calls that rang at the backup was not answered. Default: 20.',
    0,
    100,
  ).optional(),
})

/** The fields of a run that both a schedule and a single drill have. */
export const runFields = {
  mode: choice(
    'DryRun: only checks that a drill could run. Synthetic: only test calls or test requests of the drill are affected by the fault. ' +
      'Share: so are sharePercent of the real new calls, once test calls over the backup were good in each zone. Full: so are all new calls. ' +
      'Live calls and calls to an emergency number are never affected. Share and Full are for side SIP only.',
    MODES,
  ),
  sharePercent: integer('Share: percentage of the real new calls that are affected by the fault.', 1, 99).optional(),
  holdSeconds: integer(
    'Duration of the fault after it was detected, in seconds. Not for DryRun. Default: 20.',
    5,
    3600,
  ).optional(),
  testCalls: integer(
    'Number of test calls, or for side HTTP of test requests, during the fault. With fewer than 3 good ones the verdict is Inconclusive. Not for DryRun. Default: 9.',
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

/** Real calls are affected. */
export const isReal = (mode: Mode) => mode === 'Share' || mode === 'Full'

/** What a run is to do, beside its side and scenario. */
export interface RunFields {
  mode: Mode
  sharePercent?: number | undefined
  holdSeconds?: number | undefined
  testCalls?: number | undefined
  limits?: z.output<typeof limits> | undefined
  abort?: z.output<typeof abort> | undefined
}

/** Those fields of it, and no others. */
export const runFieldsOf = ({ mode, sharePercent, holdSeconds, testCalls, limits, abort }: RunFields): RunFields => ({
  ...{ mode, sharePercent, holdSeconds, testCalls, limits, abort },
})

/** What one mode asks for and another has no use for. @param sip it is for side SIP alone */
export const rulesOfModes = <T extends RunFields>(sip: Pick<Rule<T>, 'cel' | 'holds'>): Rule<T>[] => [
  ...noMeaningInDryRun<T>(),
  ...onlyWithRealCalls<T>(sip),
]

const NOT_IN_DRY_RUN = ['holdSeconds', 'testCalls', 'limits', 'abort'] as const

/** A drill by checks alone has nothing to hold, to place or to measure. */
const noMeaningInDryRun = <T extends RunFields>(): Rule<T>[] =>
  NOT_IN_DRY_RUN.map((name) =>
    when<T>(
      name,
      `self.mode != 'DryRun' || !has(self.${name})`,
      `${name} has no meaning with mode DryRun, which places no call: remove it, or set mode to Synthetic`,
      (run) => run.mode !== 'DryRun' || run[name] === undefined,
    ),
  )

const REAL_LIMITS = [
  ['limits', 'realCalls'],
  ['abort', 'failedCallsPercent'],
  ['abort', 'unansweredPercent'],
] as const

const onlyWithRealCalls = <T extends RunFields>(sip: Pick<Rule<T>, 'cel' | 'holds'>): Rule<T>[] => [
  when<T>(
    'mode',
    `self.mode in ['DryRun', 'Synthetic'] || ${sip.cel}`,
    'mode Share or Full needs side SIP: requests to a web service are drilled by DryRun and Synthetic',
    (run) => !isReal(run.mode) || sip.holds(run),
  ),
  when<T>(
    'sharePercent',
    "(self.mode == 'Share') == has(self.sharePercent)",
    'sharePercent is needed with mode Share and has no meaning without: add it, or remove it',
    ({ mode, sharePercent }) => (mode === 'Share') === (sharePercent !== undefined),
  ),
  ...REAL_LIMITS.map(([where, name]) =>
    when<T>(
      where,
      `self.mode in ['Share', 'Full'] || !has(self.${where}) || !has(self.${where}.${name})`,
      `${where}.${name} has no meaning without real calls: remove it, or set mode to Share or Full`,
      (run) => isReal(run.mode) || (run[where] as Record<string, unknown> | undefined)?.[name] === undefined,
    ),
  ),
]
