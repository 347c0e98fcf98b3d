/**
 * The states of a drill and the guards between them. Nothing is performed here: `advance` returns the next state, which is persisted first, and
 * `wantedIn` says what follows from a persisted state. Whatever stops a drill leads to a state in which no fault is wanted any more, and an
 * edge that nobody renews ends its fault by itself: so there is no undoing that could be forgotten.
 */
import type { DrillState, Verdict } from '../../api/failover-drill-status.ts'
import { firstLacking } from './preflight.ts'
import { failedPercent, unansweredPercent } from './real-calls.ts'
import {
  hasFault,
  isFinished,
  type EndReason,
  type Run,
  type RunSettings,
  type Seen,
  type Wanted,
  type WantedCalls,
  type WantedLane,
} from './run.ts'
import { judge } from './verdict.ts'

/** So many good calls of each zone are believed. */
const ENOUGH_CALLS = 3
/** How long a state may last beyond what it is given, before it counts as failed. Milliseconds. */
const GRACE = 15_000
const BASELINE_MILLISECONDS = 120_000

type Ending = { verdict: Verdict; reason: EndReason }
type Next = DrillState | Ending | undefined

/** The run after the next transition; undefined: it stays as it is. */
export function advance(run: Run, settings: RunSettings, seen: Seen): Run | undefined {
  if (isFinished(run)) return undefined
  const next = interruption(run, settings, seen) ?? guard(run, settings, seen)
  if (next === undefined) return undefined
  if (typeof next === 'object')
    return { ...run, term: seen.term, state: 'Ended', end: next, at: { ...run.at, Ended: seen.now } }
  const moved = { ...run, term: seen.term, state: next, at: { ...run.at, [next]: seen.now } }
  return next === 'Verified' ? { ...moved, end: judge(moved, settings, seen) } : moved
}

/**
 * What ends a drill from any state. A leader that finds a run of another one knows neither its times nor what it has ordered: it never resumes
 * a fault.
 */
function interruption(run: Run, { abort }: RunSettings, seen: Seen): Ending | undefined {
  const isBegun = run.state !== 'Pending'
  const ending = (verdict: Verdict, reason: EndReason): Ending => ({ verdict: isBegun ? verdict : 'Skipped', reason })
  if (isBegun && run.term !== seen.term) return ending('Interrupted', 'ControlPlaneLost')
  if (seen.desired === 'Abort') return ending('Aborted', 'AbortedByPerson')
  if (seen.killSwitch !== 'Off') return ending('Aborted', 'KillSwitch')
  if (!isBegun) return undefined
  if (seen.specDigest !== run.specDigest) return ending('Interrupted', 'SpecChanged')
  if (seen.isIncident) return ending('Interrupted', 'RealIncident')
  if (seen.lostZones.length > 0) return ending('Interrupted', 'ZoneLost')
  if (seen.isRollingOut) return ending('Interrupted', 'RolloutBegan')
  if (failedPercent(seen.real) > abort.failedCallsPercent || unansweredPercent(seen.real) > abort.unansweredPercent) {
    return ending('Aborted', 'RealCallsFail')
  }
  return undefined
}

function guard(run: Run, settings: RunSettings, seen: Seen): Next {
  switch (run.state) {
    case 'Pending':
      return fromPending(run, settings, seen)
    case 'Baseline':
      return fromBaseline(run, settings, seen)
    case 'Injected':
      return fromInjected(run, settings, seen)
    case 'Detected':
      return fromDetected(run, settings, seen)
    case 'Holding':
      return fromHolding(run, settings, seen)
    case 'Restoring':
      return fromRestoring(run, settings, seen)
    case 'Verified':
    case 'Ended':
      return undefined
  }
}

/**
 * A dry run is its checks, and ends with them. What is unknown may be known in a moment, or before its turn comes. A drill whose checks pass
 * waits for its lease.
 */
function fromPending(run: Run, { mode }: RunSettings, seen: Seen): Next {
  const lacking = firstLacking(seen.checks)
  const mayWait = since(run, seen) < GRACE || seen.lease === 'Waits'
  if (lacking?.result === 'Unknown' && mayWait) return undefined
  if (mode === 'DryRun') {
    if (lacking === undefined) return { verdict: 'Passed', reason: 'DrillPassed' }
    return { verdict: lacking.result === 'Failed' ? 'Failed' : 'Inconclusive', reason: 'ChecksFailed' }
  }
  if (lacking !== undefined) return { verdict: 'Skipped', reason: 'ChecksFailed' }
  if (seen.lease === 'Missed') return { verdict: 'Skipped', reason: 'NoLeaseInTime' }
  return seen.lease === 'Waits' ? undefined : 'Baseline'
}

function fromBaseline(run: Run, settings: RunSettings, seen: Seen): Next {
  const isBad = seen.calls.some(({ during, good }) => during === 'Baseline' && !good)
  if (isBad || since(run, seen) > BASELINE_MILLISECONDS) return { verdict: 'Failed', reason: 'BaselineFailed' }
  if (seen.checks.some(({ name, result }) => name === 'CapacitySuffices' && result === 'Failed')) {
    return { verdict: 'Skipped', reason: 'CapacityTooSmall' }
  }
  const isProved = (['Primary', 'Backup'] as const).every((route) => everyZone(settings, seen, 'Baseline', route, 1))
  return isProved ? 'Injected' : undefined
}

function fromInjected(run: Run, settings: RunSettings, seen: Seen): Next {
  const isDown = (zone: string) => {
    const lanes = seen.lanes.filter((each) => each.zone === zone)
    return lanes.length > 0 && lanes.every(({ lane }) => lane === 'Down')
  }
  if (settings.zones.every(isDown)) return 'Detected'
  return since(run, seen) > settings.limits.detectMilliseconds + GRACE
    ? { verdict: 'Failed', reason: 'NotDetected' }
    : undefined
}

function fromDetected(run: Run, settings: RunSettings, seen: Seen): Next {
  if (backupFails(settings, seen)) return { verdict: 'Failed', reason: 'BackupFailed' }
  if (everyZone(settings, seen, 'Detected', 'Backup', ENOUGH_CALLS)) return 'Holding'
  return since(run, seen) > settings.limits.switchMilliseconds + GRACE
    ? { verdict: 'Failed', reason: 'BackupFailed' }
    : undefined
}

function fromHolding(run: Run, settings: RunSettings, seen: Seen): Next {
  if (backupFails(settings, seen)) return { verdict: 'Failed', reason: 'BackupFailed' }
  const held = since(run, seen) - settings.holdSeconds * 1000
  const placed = seen.calls.filter(({ during }) => hasFault(during)).length
  return held >= 0 && (placed >= settings.testCalls || held > GRACE) ? 'Restoring' : undefined
}

function fromRestoring(run: Run, settings: RunSettings, seen: Seen): Next {
  const isBack = (zone: string) => {
    const lanes = seen.lanes.filter((each) => each.zone === zone)
    return lanes.length > 0 && lanes.every(({ lane, isHeld }) => lane === 'Up' || isHeld)
  }
  const isProved = settings.zones.every(isBack) && everyZone(settings, seen, 'Restoring', 'Primary', 1)
  if (isProved)
    return seen.routesDigest === run.routesDigest ? 'Verified' : { verdict: 'Failed', reason: 'RoutesDiffer' }
  return since(run, seen) > settings.limits.returnSeconds * 1000 + GRACE
    ? { verdict: 'Failed', reason: 'NotReturned' }
    : undefined
}

const since = ({ state, at }: Run, { now }: Seen) => now - at[state]!

function everyZone(
  { zones }: RunSettings,
  { calls }: Pick<Seen, 'calls'>,
  during: DrillState,
  route: 'Primary' | 'Backup',
  enough: number,
): boolean {
  const good = (zone: string) =>
    calls.filter((call) => call.zone === zone && call.during === during && call.route === route && call.good).length
  return zones.every((zone) => good(zone) >= enough)
}

function backupFails({ abort }: RunSettings, { calls }: Seen): boolean {
  if (abort.backupFailures === 0) return false
  const failures = calls.filter(({ during, good }) => hasFault(during) && during !== 'Injected' && !good).length
  return failures >= abort.backupFailures
}

/** No lane, and no calls. */
export const NOTHING: Wanted = { lane: undefined, calls: undefined }

/** What a persisted state wants. In another leadership than its own it wants nothing, whatever it is. */
export function wantedIn(run: Run, settings: RunSettings, seen: Pick<Seen, 'term' | 'calls'>): Wanted {
  if (isFinished(run) || run.term !== seen.term) return NOTHING
  const { scenario, testCalls, zones } = settings
  const inEachZone = Math.max(ENOUGH_CALLS, Math.ceil(testCalls / Math.max(1, zones.length)))
  const healthy: WantedLane = { view: 'Drill', fault: 'None', side: 'Primary', sharePercent: 0, mostRealCalls: 0 }
  const faulty: WantedLane = { ...healthy, fault: scenario }
  const toBackup = (count: number): WantedCalls => ({ route: 'Backup', inEachZone: count, waitForRoute: false })
  switch (run.state) {
    case 'Baseline':
      return everyZone(settings, seen, 'Baseline', 'Backup', 1)
        ? { lane: healthy, calls: { route: 'Primary', inEachZone: 1, waitForRoute: true } }
        : {
            lane: { ...healthy, view: 'BackupAlone', fault: 'Disconnect' },
            calls: { route: 'Backup', inEachZone: 1, waitForRoute: true },
          }
    case 'Injected':
      return { lane: faulty, calls: toBackup(1) }
    case 'Detected':
      return { lane: faulty, calls: toBackup(ENOUGH_CALLS) }
    case 'Holding':
      return {
        lane: { ...faulty, sharePercent: settings.sharePercent, mostRealCalls: settings.limits.realCalls },
        calls: toBackup(inEachZone),
      }
    case 'Restoring':
      return {
        lane: settings.returnsInTime ? healthy : { ...healthy, fault: 'Disconnect', side: 'Backup' },
        calls: { route: 'Primary', inEachZone: 1, waitForRoute: settings.returnsInTime },
      }
    default:
      return NOTHING
  }
}
