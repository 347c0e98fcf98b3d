/** What a drill does and what it must prove; shared by the schedule of an Integration and by a FailoverDrill. */
import { choice, group, integer } from './fields.ts'
import { type Rule, when } from './rule.ts'

const MODES = ['DryRun', 'Synthetic', 'Share', 'Full'] as const
const SCENARIOS = ['Blackhole', 'Refuse', 'Disconnect'] as const
const SIDES = ['SIP', 'HTTP'] as const

export const side = choice('Which side of the integration is drilled: the trunks or the web service.', SIDES)
export const scenario = choice(
  'How the primary seems to die. Blackhole: nothing comes back. Refuse: it answers 503. Disconnect: connections break.',
  SCENARIOS,
)

const limits = group('What must be reached for the verdict Passed.', {
  detectMilliseconds: integer('The longest time until the fault is noticed, in milliseconds.', 100, 600000).default(
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
}).prefault({})

const abort = group('When a drill ends at once, because people would suffer.', {
  failedCallsPercent: integer(
    'Ends it when more than this share of the real calls of the last minute fails, in percent. At 0 one failed call is enough.',
    0,
    100,
  ).default(1),
  backupFailures: integer(
    'Ends it after so many failed calls over the backup. At 0 this is not looked at.',
    0,
    1000,
  ).default(2),
}).prefault({})

/** The fields of a run that both a schedule and a single drill have. */
export const runFields = {
  mode: choice(
    'DryRun: only checks that a drill could run. Synthetic: only test calls of our own meet the fault. ' +
      'Share: so do sharePercent of the real new calls. Full: so do all new calls. Live calls are never touched.',
    MODES,
  ).default('Synthetic'),
  sharePercent: integer('Share: how many of the real new calls meet the fault, in percent.', 1, 99).optional(),
  holdSeconds: integer(
    'How long the fault lasts after it was noticed, in seconds; long enough to mean something.',
    5,
    3600,
  ).default(60),
  testCalls: integer(
    'How many test calls are placed while the fault lasts. Fewer than 3 good ones make the verdict Inconclusive.',
    3,
    1000,
  ).default(10),
  limits,
  abort,
}

interface Run {
  mode: (typeof MODES)[number]
  sharePercent?: number
}

export const shareRule: Rule<Run> = when<Run>(
  'sharePercent',
  "(self.mode == 'Share') == has(self.sharePercent)",
  'sharePercent is needed with mode Share and has no meaning without: add it or remove it',
  ({ mode, sharePercent }) => (mode === 'Share') === (sharePercent !== undefined),
)
