import type { FailoverDrillStatus } from '../../api/failover-drill.ts'
import type { KindOutcome, KindPlan } from './plan.ts'

/** One thing to do about a FailoverDrill, and why. */
export interface FailoverDrillStep {
  do: 'writeRecord'
  because: string
}

export type FailoverDrillPlan = KindPlan<FailoverDrillStep>

/** What came of it. */
export interface FailoverDrillOutcome extends KindOutcome {
  /** Of the record that was written in this cycle. */
  evidence?: NonNullable<FailoverDrillStatus['evidence']>
}
