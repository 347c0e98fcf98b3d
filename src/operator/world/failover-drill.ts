import type { DrillState } from '../../api/failover-drill-status.ts'
import type { LineFacts } from '../../rules/drill/lease-line.ts'
import type { RealCalls } from '../../rules/drill/real-calls.ts'
import type { LaneSighting, TestCall } from '../../rules/drill/run.ts'
import type { DrillSurroundings, FailoverDrillFacts } from './drills.ts'
import type { IntegrationFacts } from './integration.ts'

/** Everything that a decision on one FailoverDrill rests upon, read once. */
export interface FailoverDrillWorld {
  /** Epoch milliseconds: the one clock reading of the cycle. */
  now: number
  /** The same moment in monotonic milliseconds. */
  monotonic: number
  /** Of our leadership; undefined: we do not lead. */
  term: number | undefined
  /** Since when, in monotonic milliseconds. */
  ledSince: number
  /** Absent when it is gone. */
  drill: FailoverDrillFacts | undefined
  /** Absent when there is none of that name. */
  integration: IntegrationFacts | undefined
  surroundings: DrillSurroundings
  /** Who has the leases of the edges, and who waits for one. Of a drill that needs none, or has one: empty. */
  line: LineFacts
  /** Undefined: this leader has not begun it. */
  remembered: RememberedRun | undefined
  /** A bot of the Integration is being rolled out. */
  isRollingOut: boolean
  /** There is a key to sign records with. */
  canSign: boolean
  /** Fingerprint of the trunks that edges use for real calls now. */
  routesDigest: string
}

/** What the leader that began a drill knows of it. */
export interface RememberedRun {
  /** When each state was decided on, in monotonic milliseconds. */
  readonly at: Readonly<Partial<Record<DrillState, number>>>
  /** Zones that take part. */
  readonly zones: readonly string[]
  readonly lanes: readonly LaneOfEdge[]
  readonly calls: readonly TestCall[]
  readonly real: RealCalls
  /** What went wrong, in words: names of objects, zones and trunks only. */
  readonly problems: readonly string[]
}

/** The lane of the drill on one edge. */
export interface LaneOfEdge extends LaneSighting {
  /** Name of its pod. */
  readonly edge: string
}
