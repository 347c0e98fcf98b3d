import type { RunFields, Scenario } from '../../api/drill-run.ts'
import type { TrunkFailover } from '../trunks.ts'
import type { RunSettings } from './run.ts'

/** What holds where a spec says nothing; api/drill-run.ts says so to people. */
const DEFAULTS = {
  ...{ holdSeconds: 20, testCalls: 9, backupFailures: 2 },
  ...{ detectMilliseconds: 5_000, switchMilliseconds: 10_000, returnSeconds: 300 },
}
/** From the end of the fault until two probes were answered, a round of the operator, and a call that takes its time. Seconds. */
const BESIDE_THE_HOLD = 20

/** @param o.zones in which there are edges */
export function settingsOf(
  run: RunFields & { scenario: Scenario },
  o: { zones: readonly string[]; failback: TrunkFailover['failback'] | undefined },
): RunSettings {
  const returnSeconds = run.limits?.returnSeconds ?? DEFAULTS.returnSeconds
  const { mode: failback, holdSeconds: failbackHold } = o.failback ?? { mode: 'Manual', holdSeconds: 0 }
  return {
    ...{ mode: run.mode, scenario: run.scenario, sharePercent: 0, zones: o.zones },
    holdSeconds: run.holdSeconds ?? DEFAULTS.holdSeconds,
    testCalls: run.testCalls ?? DEFAULTS.testCalls,
    returnsInTime: failback === 'Automatic' && failbackHold + BESIDE_THE_HOLD <= returnSeconds,
    limits: {
      detectMilliseconds: run.limits?.detectMilliseconds ?? DEFAULTS.detectMilliseconds,
      switchMilliseconds: run.limits?.switchMilliseconds ?? DEFAULTS.switchMilliseconds,
      returnSeconds,
    },
    abort: {
      failedCallsPercent: 100,
      backupFailures: run.abort?.backupFailures ?? DEFAULTS.backupFailures,
      unansweredPercent: 100,
    },
  }
}
