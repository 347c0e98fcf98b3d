import { wordingOf, type Reason } from '../../api/conditions.ts'
import { isReal, type Side } from '../../api/drill-run.ts'
import type { FailoverDrillStatus } from '../../api/failover-drill.ts'
import { defined } from '../../lib/defined.ts'
import { firstLacking, type Check } from '../../rules/drill/preflight.ts'
import { NO_REAL_CALLS } from '../../rules/drill/real-calls.ts'
import { hasFault, type EndReason, type Run, type RunSettings } from '../../rules/drill/run.ts'
import { showTime, timingsOf, type Measured, type Timings } from '../../rules/drill/verdict.ts'
import { drilledParts } from '../judge/drilled-parts.ts'
import { leaseOf } from '../judge/drill-lease.ts'
import { settingsFor } from '../judge/drill-run.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { FailoverDrillWorld, RememberedRun } from '../world/failover-drill.ts'

/** What a drill by checks alone leaves open. */
const BY_CHECKS_ALONE =
  'Nothing was made to fail, and no call was placed: neither detection nor the switch to the backup nor the return was tried.'
const SYNTHETIC: Record<Side, readonly string[]> = {
  SIP: [
    'No real call met the fault: how many of them the backup can carry was checked by numbers, not tried.',
    'The fault was simulated in the edges: how the primary itself behaves when it fails was not tried.',
  ],
  HTTP: [
    'No request of a real call met the fault: how many of them the backup can carry was not tried, and no other operation than the one for tests.',
    'The fault was simulated in the pods: how the primary itself behaves when it fails was not tried.',
  ],
}
const REAL = [
  'Whether callers and persons heard each other was not tried in real calls: only that the backup answered them.',
  SYNTHETIC.SIP[1]!,
]
const WITHOUT_RETURN: Record<Side, string> = {
  SIP: 'The return after the failback hold was not tried, for it is manual or longer than limits.returnSeconds: only that the primary takes calls again.',
  HTTP: 'The return by itself was not tried, for it may take longer than limits.returnSeconds: only that the primary takes requests again.',
}

/** How messages call what takes part. */
const WORDS = {
  SIP: { holder: 'edge', test: 'test call', tests: 'test calls', real: 'calls', parts: 'trunks', probe: 'sip.probe' },
  HTTP: {
    ...{ holder: 'pod', test: 'test request', tests: 'test requests', real: 'requests', parts: 'endpoints' },
    probe: 'http.probe',
  },
} as const satisfies Record<Side, object>

/** As many as a status may have. */
const MOST_EDGES = 100

/** What the run does not prove. */
export function notShownBy(world: FailoverDrillWorld, drill: FailoverDrillFacts): string[] {
  if (drill.mode === 'DryRun') return [BY_CHECKS_ALONE]
  const { returnsInTime } = settingsFor(world, drill)
  return [
    ...(isReal(drill.mode) ? REAL : SYNTHETIC[drill.side]),
    ...(returnsInTime ? [] : [WITHOUT_RETURN[drill.side]]),
  ]
}

type Progress = Partial<
  Pick<
    FailoverDrillStatus,
    | 'state'
    | 'leadership'
    | 'specDigest'
    | 'reached'
    | 'routesDigest'
    | 'timings'
    | 'detect'
    | 'switch'
    | 'return'
    | 'calls'
    | 'realCalls'
    | 'perEdge'
  >
>

/** The persisted state, and what was measured so far. Of a run that this leader has not begun, what was written before stays. */
export function progressOf(world: FailoverDrillWorld, drill: FailoverDrillFacts, run: Run): Progress {
  const { remembered } = world
  const { state, term, specDigest, routesDigest } = run
  const persisted = { state, ...(term >= 0 && { leadership: term }), specDigest, routesDigest }
  if (remembered === undefined) {
    const {
      timings,
      detect,
      switch: switched,
      return: returned,
      calls,
      realCalls,
      perEdge,
      leadership,
      reached,
    } = drill.status ?? {}
    const times = { timings, detect, switch: switched, return: returned }
    const before = { ...times, calls, realCalls, perEdge, leadership, reached }
    return { ...defined(before), ...persisted }
  }
  const { lanes, calls, real } = remembered
  const timings = timingsFor(world, run, settingsFor(world, drill))
  const good = calls.filter((call) => call.good).length
  return {
    ...persisted,
    reached: reachedBy(world, remembered, state),
    ...shownTimings(timings),
    calls: { placed: calls.length, good, failed: calls.length - good },
    ...(isReal(drill.mode) && { realCalls: { ...real } }),
    perEdge: lanes.slice(0, MOST_EDGES).map(({ edge, zone, detectedAfter }) => ({
      ...{ name: edge, zone, calls: calls.filter((call) => call.zone === zone).length },
      ...(detectedAfter !== undefined && { detectMilliseconds: Math.round(detectedAfter) }),
    })),
  }
}

/** @param state the one that is written now, and may be new */
function reachedBy(
  { monotonic }: FailoverDrillWorld,
  { at }: RememberedRun,
  state: Run['state'],
): NonNullable<FailoverDrillStatus['reached']> {
  const times = Object.entries({ [state]: monotonic, ...at }) as [Run['state'], number][]
  const ordered = times.toSorted(([, one], [, other]) => one - other)
  const from = ordered[0]![1]
  return ordered.map(([each, time]) => ({ state: each, afterMilliseconds: Math.round(time - from) }))
}

function shownTimings(timings: Timings): Progress {
  const [detect, switched, returned] = [timings.detect, timings.switch, timings.return]
  const known = [detect, switched, returned].filter((time) => time !== undefined)
  if (known.length === 0) return {}
  const most = (time: Measured | undefined) => time && Math.round(time.most)
  return {
    timings: {
      ...(detect && { detectMilliseconds: most(detect) }),
      ...(switched && { switchMilliseconds: most(switched) }),
      ...(returned && { returnMilliseconds: most(returned) }),
      uncertaintyMilliseconds: Math.round(Math.max(...known.map(({ least, most: longest }) => longest - least))),
    },
    ...(detect && { detect: showTime(detect)! }),
    ...(switched && { switch: showTime(switched)! }),
    ...(returned && { return: showTime(returned)! }),
  }
}

/** Why it ended. */
export function endOf(
  world: FailoverDrillWorld,
  drill: FailoverDrillFacts,
  checks: readonly Check[],
  run: Run,
): { reason: Reason; message: string } {
  const { reason } = run.end!
  if (reason === 'ChecksFailed' || reason === 'CapacityTooSmall')
    return { reason, message: firstLacking(checks)?.message ?? 'a check failed' }
  if (reason !== 'DrillPassed') return { reason, message: failureOf(world, drill, run, reason) }
  if (drill.mode !== 'DryRun')
    return {
      reason,
      message: wordingOf(reason, { ...WORDS[drill.side], ...passedIn(world, run, settingsFor(world, drill)) }),
    }
  const passed = checks.filter(({ result }) => result === 'Passed').length
  return { reason: 'ChecksPassed', message: wordingOf('ChecksPassed', { passed }) }
}

type FailureReason = Exclude<EndReason, 'DrillPassed' | 'ChecksFailed' | 'CapacityTooSmall'>

function failureOf(world: FailoverDrillWorld, drill: FailoverDrillFacts, run: Run, reason: FailureReason): string {
  const settings = settingsFor(world, drill)
  const words = WORDS[drill.side]
  const primary = drilledParts(world.integration, drill.side).primary?.name ?? 'the primary'
  const because = world.remembered?.problems.at(-1) ?? 'see deficiencies'
  switch (reason) {
    case 'NoLeaseInTime': {
      const lease = leaseOf(world, drill)
      return wordingOf(reason, { because: lease.kind === 'Missed' ? lease.because : 'it was too late' })
    }
    case 'BaselineFailed':
      return wordingOf(reason, { ...words, because })
    case 'NotDetected':
      return wordingOf(reason, { ...words, primary, limit: `${settings.limits.detectMilliseconds} ms` })
    case 'BackupFailed':
      return wordingOf(reason, { ...words, ...duringFault(world.remembered), because })
    case 'NotReturned':
      return wordingOf(reason, { ...words, primary, limit: `${settings.limits.returnSeconds} s`, because })
    case 'TooSlow':
      return wordingOf(reason, { times: timesAndLimits(world, run, settings) })
    case 'TooFewCalls':
      return wordingOf(reason, { ...words, good: duringFault(world.remembered).good })
    case 'RealCallsFail': {
      const { met, rescued, unanswered } = world.remembered?.real ?? NO_REAL_CALLS
      return wordingOf(reason, { met, rescued, unanswered })
    }
    case 'RoutesDiffer':
    case 'SpecChanged':
    case 'ZoneLost':
    case 'RealIncident':
      return wordingOf(reason, words)
    default:
      return wordingOf(reason)
  }
}

function timingsFor({ remembered, monotonic: now }: FailoverDrillWorld, run: Run, settings: RunSettings): Timings {
  const { lanes, calls } = remembered ?? { lanes: [], calls: [] }
  return timingsOf(run, settings, { lanes, calls, now })
}

function passedIn(world: FailoverDrillWorld, run: Run, settings: RunSettings) {
  const timings = timingsFor(world, run, settings)
  return { switched: showTime(timings.switch) ?? '?', returned: showTime(timings.return) ?? '?' }
}

function duringFault(remembered: RememberedRun | undefined): { placed: number; failed: number; good: number } {
  const calls = (remembered?.calls ?? []).filter(({ during }) => hasFault(during))
  const good = calls.filter((call) => call.good).length
  return { placed: calls.length, good, failed: calls.length - good }
}

function timesAndLimits(world: FailoverDrillWorld, run: Run, settings: RunSettings): string {
  const timings = timingsFor(world, run, settings)
  const { detectMilliseconds, switchMilliseconds, returnSeconds } = settings.limits
  const shown = (what: string, time: Measured | undefined, limit: number) =>
    `${what} ${time === undefined ? 'unknown' : `${(time.least / 1000).toFixed(1)} to ${(time.most / 1000).toFixed(1)} s`} (limit ${limit / 1000} s)`
  return [
    shown('detection', timings.detect, detectMilliseconds),
    shown('switch', timings.switch, switchMilliseconds),
    shown('return', timings.return, returnSeconds * 1000),
  ].join(', ')
}
