import type { RunFields } from '../../api/drill-run.ts'
import type { FailoverDrillSpec, FailoverDrillStatus } from '../../api/failover-drill.ts'
import type { IntegrationSpec } from '../../api/integration.ts'
import type { DrillWitness, PreflightFacts } from '../../rules/drill/preflight.ts'
import type { ObjectFacts } from './object.ts'

/** The schedule as an Integration has it; the API server has filled in its defaults. */
export type DeclaredSchedule = NonNullable<IntegrationSpec['drill']>

export interface FailoverDrillFacts
  extends
    ObjectFacts<FailoverDrillStatus>,
    Pick<FailoverDrillSpec, 'side' | 'scenario' | 'desiredState' | keyof RunFields> {
  /** In which it was read. */
  resourceVersion: string
  /** Name of the Integration that is drilled. */
  integration: string
  /** Epoch milliseconds. */
  createdAt: number
  /** Of the Integration whose schedule made it; empty: a person did. */
  ownerUid: string
  /** Of the schedule, in epoch milliseconds. */
  slot: number | undefined
}

/** Who uses the trunks, or the endpoints, of an Integration, and what they say of them. */
export interface Witnessed {
  /** Undefined: not all of them were asked yet. */
  witnesses: DrillWitness[] | undefined
  /** Where there should be one. */
  zones: string[]
}

/** What else a decision on drills of an Integration rests upon. */
export interface DrillSurroundings extends Pick<PreflightFacts, 'killSwitch' | 'clockSkewMilliseconds'> {
  sip: Witnessed
  http: Witnessed
  /** In which a pod of its bots is ready, and answers. */
  podZones: string[]
  /** FailoverDrills of this Integration, whoever made them. */
  drills: FailoverDrillFacts[]
  /** Names of drills that run now and share a bot with this Integration. */
  otherDrills: string[]
}
