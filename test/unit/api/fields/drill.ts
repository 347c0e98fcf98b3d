import { of, type Shown } from './shown.ts'

const SCHEDULE = 'Integration.drill'
const SLOTS = 'test/unit/rules/drill/slots.test.ts'
const OPERATOR = 'test/unit/operator/drills.test.ts'
const REPORT = 'test/unit/operator/report/drill-run.test.ts'
const ERRAND = 'test/unit/operator/drill/errand.test.ts'
const RUNS = [SCHEDULE, 'FailoverDrill']
const EDGE = 'test/integration/edge/a-drill-of-real-calls.test.ts'
const REAL = 'test/unit/rules/drill/real-calls.test.ts'
const CLUSTER = 'test/integration/operator/drills.test.ts'

export const DRILL: Shown[] = [
  {
    file: OPERATOR,
    test: 'says when the next drill is, and whether it could run now',
    fields: of(SCHEDULE, 'schedule', 'timeZone'),
  },
  {
    file: OPERATOR,
    test: 'runs no slot of before it was changed or while it was suspended',
    fields: of(SCHEDULE, 'suspend'),
  },
  {
    file: SLOTS,
    test: 'is still due within startingDeadlineSeconds, and is missed and recorded after that',
    fields: of(SCHEDULE, 'startingDeadlineSeconds'),
  },
  {
    file: SLOTS,
    test: 'is skipped, and recorded, while a drill runs or in a blackout',
    fields: of(SCHEDULE, 'concurrencyPolicy', 'blackouts[].name'),
  },
  {
    file: SLOTS,
    test: 'starts after the same delay whoever asks, another one for each Integration, and before the next slot',
    fields: of(SCHEDULE, 'jitterSeconds'),
  },
  {
    file: OPERATOR,
    test: 'is overdue when no drill passed for too long: a condition, and one event',
    fields: of(SCHEDULE, 'overdueAfterSeconds'),
  },
  {
    file: OPERATOR,
    test: 'removes finished drills beyond its history',
    fields: of(SCHEDULE, 'successfulRunsHistoryLimit', 'failedRunsHistoryLimit'),
  },
  {
    file: SLOTS,
    test: 'knows blackouts over midnight, and over days',
    fields: of(`${SCHEDULE}.blackouts[]`, 'days[]', 'from', 'until', 'firstDay', 'lastDay'),
  },
  {
    file: OPERATOR,
    test: 'takes the next entry of the rotation for each slot',
    fields: of(`${SCHEDULE}.rotation[]`, 'side', 'scenario'),
  },
  {
    file: CLUSTER,
    test: 'run each slot of a schedule once, though another operator takes over at the slot, and keep their history short',
    fields: [`${SCHEDULE}.mode`, ...of('FailoverDrill.trigger', 'type', 'slot')],
  },
  {
    file: CLUSTER,
    test: 'fail when the backup does not answer, and say what to do; DrillReady says it within seconds, before any drill',
    fields: of('FailoverDrill', 'integrationRef.name', 'mode'),
  },
  {
    file: 'test/unit/rules/drill/preflight.test.ts',
    test: 'by checks alone needs no test number, and over HTTP no SIP response and no bound of calls',
    fields: of('FailoverDrill', 'side', 'scenario'),
  },
  {
    file: OPERATOR,
    test: 'is skipped while all drills are stopped, or when a person has aborted it before',
    fields: of('FailoverDrill', 'desiredState'),
  },
  {
    file: REPORT,
    test: 'is Skipped without a test number, and while another drill has to do with the same bots',
    fields: of('Integration.sip.testCall', 'to'),
  },
  {
    file: 'test/unit/operator/drill/pod-lanes.test.ts',
    test: 'sends test requests of each zone by the operation that the Integration names, by one pod after the other',
    fields: of('Integration.http', 'testOperation'),
  },
  {
    file: ERRAND,
    test: 'dials the test number as the Integration says, from the number of a bot unless it names another',
    fields: of('Integration.sip.testCall', 'from', 'expect', 'maxSeconds'),
  },
  {
    file: REPORT,
    test: 'holds, tests, measures and ends as its spec says, and otherwise by the defaults that the reference names',
    fields: RUNS.flatMap((run) => [
      ...of(run, 'holdSeconds', 'testCalls', 'abort.backupFailures'),
      ...of(`${run}.limits`, 'detectMilliseconds', 'switchMilliseconds', 'returnSeconds'),
    ]),
  },
  {
    file: EDGE,
    test: 'sends exactly its percentage of them to the backup',
    fields: RUNS.flatMap((run) => of(run, 'sharePercent')),
  },
  {
    file: EDGE,
    test: 'takes no more of them than it may',
    fields: RUNS.flatMap((run) => of(run, 'limits.realCalls')),
  },
  {
    file: REAL,
    test: 'end the drill when more of them fail than it allows, which is none by default',
    fields: RUNS.flatMap((run) => of(run, 'abort.failedCallsPercent')),
  },
  {
    file: REAL,
    test: 'end the drill when more of them ring in an empty room than it allows',
    fields: RUNS.flatMap((run) => of(run, 'abort.unansweredPercent')),
  },
]
