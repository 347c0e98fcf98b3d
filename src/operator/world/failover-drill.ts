import type { DrillSurroundings, FailoverDrillFacts } from './drills.ts'
import type { IntegrationFacts } from './integration.ts'

/** Everything that a decision on one FailoverDrill rests upon, read once. */
export interface FailoverDrillWorld {
  /** Epoch milliseconds: the one clock reading of the cycle. */
  now: number
  /** Absent when it is gone. */
  drill: FailoverDrillFacts | undefined
  /** Absent when there is none of that name. */
  integration: IntegrationFacts | undefined
  surroundings: DrillSurroundings
}
