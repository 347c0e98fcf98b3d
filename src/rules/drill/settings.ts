import type { RunFields, Scenario, Side } from '../../api/drill-run.ts'
import { NO_LIMIT } from './order.ts'
import type { RunSettings } from './run.ts'

/** What holds where a spec says nothing; api/drill-run.ts says so to people. */
const DEFAULTS = {
  ...{ holdSeconds: 20, testCalls: 9, backupFailures: 2, failedCallsPercent: 0, unansweredPercent: 20 },
  ...{ switchMilliseconds: 10_000, returnSeconds: 300 },
}
/** A pod probes every 5 s unless the Integration says otherwise, an edge more often. */
const DETECT_MILLISECONDS: Record<Side, number> = { SIP: 5_000, HTTP: 10_000 }
/** From the end of the fault until two probes were answered, a round of the operator, and a call that takes its time. Seconds. */
const BESIDE_THE_HOLD = 20

/**
 * @param o.zones in which there are edges, or pods
 * @param o.returnsAfterSeconds until a primary that answers again is used again; undefined: a person decides
 */
export function settingsOf(
  run: RunFields & { side: Side; scenario: Scenario },
  o: { zones: readonly string[]; returnsAfterSeconds: number | undefined },
): RunSettings {
  const returnSeconds = run.limits?.returnSeconds ?? DEFAULTS.returnSeconds
  const { returnsAfterSeconds: wait } = o
  return {
    ...{ mode: run.mode, scenario: run.scenario, zones: o.zones },
    sharePercent: run.mode === 'Full' ? 100 : (run.sharePercent ?? 0),
    holdSeconds: run.holdSeconds ?? DEFAULTS.holdSeconds,
    testCalls: run.testCalls ?? DEFAULTS.testCalls,
    returnsInTime: wait !== undefined && wait + BESIDE_THE_HOLD <= returnSeconds,
    limits: {
      detectMilliseconds: run.limits?.detectMilliseconds ?? DETECT_MILLISECONDS[run.side],
      switchMilliseconds: run.limits?.switchMilliseconds ?? DEFAULTS.switchMilliseconds,
      returnSeconds,
      realCalls: run.limits?.realCalls || NO_LIMIT,
    },
    abort: {
      failedCallsPercent: run.abort?.failedCallsPercent ?? DEFAULTS.failedCallsPercent,
      backupFailures: run.abort?.backupFailures ?? DEFAULTS.backupFailures,
      unansweredPercent: run.abort?.unansweredPercent ?? DEFAULTS.unansweredPercent,
    },
  }
}
