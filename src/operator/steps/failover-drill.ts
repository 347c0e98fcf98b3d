import type { FailoverDrillStatus } from '../../api/failover-drill.ts'
import type { Check } from '../../rules/drill/preflight.ts'
import type { Run } from '../../rules/drill/run.ts'
import type { KindOutcome, KindPlan } from './plan.ts'

/** One thing to do about a FailoverDrill, and why. */
export interface FailoverDrillStep {
  do: 'writeRecord'
  because: string
}

/** How a drill that has not ended goes on. */
export interface DrillDecision {
  /** The version of the drill that it is about. */
  readonly resourceVersion: string
  /** In its next state, which may be the one that it is in, or at its end. */
  readonly run: Run
  readonly checks: readonly Check[]
}

export interface FailoverDrillPlan extends KindPlan<FailoverDrillStep> {
  /** Undefined: it has ended, or is gone. */
  decision?: DrillDecision
}

/** What came of it. */
export interface FailoverDrillOutcome extends KindOutcome {
  /** Of the plan. */
  decision?: DrillDecision | undefined
  /** Of the record that was written in this cycle. */
  evidence?: NonNullable<FailoverDrillStatus['evidence']>
}
