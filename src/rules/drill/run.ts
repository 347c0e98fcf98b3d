/** One run of a drill as values: what is persisted of it, what is observed, and what follows from it. */
import type { PartState } from '../part-state.ts'
import type { Mode, Scenario } from '../../api/drill-run.ts'
import type { DrillState, Verdict } from '../../api/failover-drill-status.ts'
import type { RealCalls } from './real-calls.ts'
import type { DrillSide, LaneOrder } from './order.ts'
import type { Check } from './preflight.ts'

export type EndReason =
  | 'DrillPassed'
  | 'BaselineFailed'
  | 'NotDetected'
  | 'BackupFailed'
  | 'NotReturned'
  | 'TooSlow'
  | 'TooFewCalls'
  | 'NoRealCalls'
  | 'CapacityTooSmall'
  | 'ChecksFailed'
  | 'NoLeaseInTime'
  | 'KillSwitch'
  | 'AbortedByPerson'
  | 'RealCallsFail'
  | 'ControlPlaneLost'
  | 'SpecChanged'
  | 'RolloutBegan'
  | 'ZoneLost'
  | 'RealIncident'
  | 'RoutesDiffer'

/** How it is to run. Durations as their names say. */
export interface RunSettings {
  readonly mode: Mode
  readonly scenario: Scenario
  readonly sharePercent: number
  readonly holdSeconds: number
  readonly testCalls: number
  /** Zones that take part. */
  readonly zones: readonly string[]
  /** Calls return to the primary before the longest time for it has passed. False: it is shown only that the primary takes calls again. */
  readonly returnsInTime: boolean
  readonly limits: {
    readonly detectMilliseconds: number
    readonly switchMilliseconds: number
    readonly returnSeconds: number
    /** The most real calls that may be affected, by all edges together. */
    readonly realCalls: number
  }
  readonly abort: {
    readonly failedCallsPercent: number
    readonly backupFailures: number
    readonly unansweredPercent: number
  }
}

/** Persisted before anything that follows from it is done. Monotonic times of the leader, in milliseconds: another leader can't use them, and never does. */
export interface Run {
  readonly state: DrillState
  /** The leadership under which the state was written. */
  readonly term: number
  /** When each state began. */
  readonly at: Partial<Record<DrillState, number>>
  /** Of the Integration's spec and of the routes when it began. */
  readonly specDigest: string
  readonly routesDigest: string
  /** Present from the end on, and then final. */
  readonly end?: { readonly verdict: Verdict; readonly reason: EndReason }
}

export interface TestCall {
  readonly route: 'Primary' | 'Backup' | 'Other'
  readonly zone: string
  /** The state in which it was placed. */
  readonly during: DrillState
  /** Monotonic milliseconds, as in `Run`. */
  readonly begun: number
  readonly answered: number | undefined
  readonly good: boolean
}

/** What one edge, or pod, says of the lane of the drill. Ages are by its own clock, in milliseconds. */
export interface LaneSighting {
  readonly zone: string
  readonly lane: PartState
  /** How long after the fault it was detected there; undefined: not yet. */
  readonly detectedAfter: number | undefined
  /** The primary answers in the lane, and calls are held back from it until failback. */
  readonly isHeld: boolean
}

/** Everything that the next step rests upon, read once. */
export interface Seen {
  /** Monotonic milliseconds. */
  readonly now: number
  readonly term: number
  readonly desired: 'Run' | 'Abort'
  readonly killSwitch: 'Off' | 'On' | 'Missing'
  readonly specDigest: string
  readonly routesDigest: string
  readonly isRollingOut: boolean
  readonly lostZones: readonly string[]
  /** The primary or the backup fails outside of the lane. */
  readonly isIncident: boolean
  readonly checks: readonly Check[]
  /** Whether it may begin, if its checks pass. Missed: it has waited beyond the time at which its schedule lets it begin. */
  readonly lease: 'Granted' | 'Waits' | 'Missed'
  readonly lanes: readonly LaneSighting[]
  readonly calls: readonly TestCall[]
  /** Those that had to do with the drill, at all edges. */
  readonly real: RealCalls
}

/** The lane that the test calls of a run use on each edge. */
export interface WantedLane {
  /**
   * BackupAlone: the primary is left out, to try the backup before anything is made to fail. Drill: the fault is simulated, and ends. Each view is
   * a lease of its own, so nothing that one has found counts in the other.
   */
  readonly view: 'BackupAlone' | 'Drill'
  readonly fault: LaneOrder['fault']
  /** Which trunks have the fault. */
  readonly side: DrillSide
  /** Percentage of the real new calls that use it, too, and the most of them at all edges together. */
  readonly sharePercent: number
  readonly mostRealCalls: number
}

export interface WantedCalls {
  readonly route: 'Primary' | 'Backup'
  readonly inEachZone: number
  /** Whether they wait until the lane would use that route. */
  readonly waitForRoute: boolean
}

/** What the state asks of the edges and the caller; renewed as long as it lasts, so its absence is the restore. */
export interface Wanted {
  /** Undefined: none, and edges end what they had. */
  readonly lane: WantedLane | undefined
  /** Test calls to place. */
  readonly calls: WantedCalls | undefined
}

export const isFinished = ({ end }: Pick<Run, 'end'>) => end !== undefined

/** States in which edges have an order that simulates a fault. */
export const hasFault = (state: DrillState) => state === 'Injected' || state === 'Detected' || state === 'Holding'
