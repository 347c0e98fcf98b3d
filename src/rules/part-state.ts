/** The state of a trunk or an endpoint, from the probe to the status. An observer is an edge (of trunks) or a pod (of endpoints). */
import { isOneOf } from './published-config.ts'

const STATES = ['Up', 'Down', 'Unknown'] as const
export type PartState = (typeof STATES)[number]
export const isPartState = isOneOf(...STATES)

/** What probes found. */
export interface PartHealth {
  state: PartState
  /** Epoch milliseconds. */
  since: number
}

/** What one observer reports of one part. */
export interface PartObservation extends PartHealth {
  part: string
  /** What a person has to fix first. */
  because?: string
  /** Seconds between its probes, rounded up, where that is more than its Integration says. */
  probeSeconds?: number
  /** What a person has to fix before the administrator enforces the egress policy. */
  noted?: string
  /** At which edges call it, or would. Absent: at none, and of an endpoint. */
  address?: string
}

/** What one pod reports: the endpoints of each Integration, by its name. */
export type PodObservations = ReadonlyMap<string, PartObservation[]>
