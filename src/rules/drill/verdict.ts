import { isReal } from '../../api/drill-run.ts'
import type { Verdict } from '../../api/failover-drill-status.ts'
import { hasFault, type EndReason, type Run, type RunSettings, type Seen, type TestCall } from './run.ts'

/** A duration as far as it is known: not shorter than `least`, not longer than `most`. Milliseconds. */
export interface Measured {
  readonly least: number
  readonly most: number
}

export interface Timings {
  /** From the fault until the operator heard from the last edge or pod that it detected it. */
  readonly detect: Measured | undefined
  /** From the fault until every zone had a good call over the backup. */
  readonly switch: Measured | undefined
  /** From the fault until the end of it. */
  readonly hold: Measured | undefined
  /** From the end of the fault until every zone had a good call over the primary. */
  readonly return: Measured | undefined
}

/** Orders go out and edges are asked twice a second, and one round may be lost: what happens in between is known to that only. Milliseconds. */
const ROUND = 1000
/** Fewer good calls during the fault prove little. */
const FEWEST_GOOD = 3

export function timingsOf(run: Run, settings: RunSettings, seen: Pick<Seen, 'lanes' | 'calls' | 'now'>): Timings {
  const { Injected: begun, Restoring: ended } = run.at
  const detected = seen.lanes.map(({ detectedAfter }) => detectedAfter)
  const isDetected = detected.length > 0 && detected.every((each) => each !== undefined)
  return {
    detect: isDetected ? within(Math.max(...(detected as number[]))) : undefined,
    switch: begun === undefined ? undefined : lastZone(settings, seen.calls, 'Backup', begun),
    hold: begun === undefined || ended === undefined ? undefined : within(ended - begun),
    return: ended === undefined ? undefined : lastZone(settings, seen.calls, 'Primary', ended),
  }
}

/** An order that was sent at one end of the time, or an answer at the other, was up to a round apart from what it is about. */
const within = (value: number): Measured => ({ least: Math.max(0, value - ROUND), most: value })

/** Until the first good call in the zone that had to wait for it the longest; undefined while a zone has none. */
function lastZone(
  { zones }: RunSettings,
  calls: readonly TestCall[],
  route: TestCall['route'],
  from: number,
): Measured | undefined {
  const firsts = zones.map((zone) => {
    const good = calls.filter((call) => call.zone === zone && call.route === route && call.good && call.begun >= from)
    return Math.min(...good.map(({ answered, begun }) => answered ?? begun))
  })
  const last = Math.max(...firsts)
  return firsts.length > 0 && Number.isFinite(last) ? within(last - from) : undefined
}

/**
 * The verdict on a run that came to its end. A time passes when it is within its limit however wrong it was measured, fails when it is beyond
 * it however wrong it was measured, and proves nothing in between.
 */
export function judge(run: Run, settings: RunSettings, seen: Seen): { verdict: Verdict; reason: EndReason } {
  const timings = timingsOf(run, settings, seen)
  const { detectMilliseconds, switchMilliseconds, returnSeconds } = settings.limits
  const held: [Measured | undefined, number][] = [
    [timings.detect, detectMilliseconds],
    [timings.switch, switchMilliseconds],
    [timings.return, returnSeconds * 1000],
  ]
  if (held.some(([time, limit]) => time !== undefined && time.least > limit))
    return { verdict: 'Failed', reason: 'TooSlow' }
  const good = seen.calls.filter(
    ({ during, route, good: isGood }) => hasFault(during) && route === 'Backup' && isGood,
  ).length
  if (good < FEWEST_GOOD) return { verdict: 'Inconclusive', reason: 'TooFewCalls' }
  if (isReal(settings.mode) && seen.real.answered === 0) return { verdict: 'Inconclusive', reason: 'NoRealCalls' }
  if (held.some(([time, limit]) => time === undefined || time.most > limit))
    return { verdict: 'Inconclusive', reason: 'TooSlow' }
  return { verdict: 'Passed', reason: 'DrillPassed' }
}

/** The column of a time, such as 1.4s; the longest that it may have been. */
export const showTime = (time: Measured | undefined): string | undefined =>
  time === undefined ? undefined : `${(time.most / 1000).toFixed(1)}s`
