import type { Scenario, Side } from '../../api/drill-run.ts'
import type { KindOutcome, KindPlan } from './plan.ts'

/** One thing to do about an Integration, and why. */
export type IntegrationStep =
  | { do: 'publishTrunks'; epoch: number; because: string }
  | { do: 'withdrawTrunks'; uid: string; because: string }
  /** `slot` in epoch milliseconds. */
  | { do: 'startDrill'; slot: number; side: Side; scenario: Scenario; because: string }
  | { do: 'removeDrill'; name: string; uid: string; because: string }
  | { do: 'confirmDeletion'; name: string; uid: string; because: string }

export type IntegrationPlan = KindPlan<IntegrationStep>

/** What came of it. */
export interface IntegrationOutcome extends KindOutcome {
  /** The epoch of the trunks as they stand, from this cycle or an earlier one. */
  trunksEpoch: number | undefined
  /** UID of the drill that was noted as running, and that the API server does not have any more. */
  deletedDrill?: string
}
