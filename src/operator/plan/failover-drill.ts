import { NOTHING_TO_DO, type KindPlan } from '../steps/plan.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'

/** What is unknown may be known in a moment. */
const PENDING_SECONDS = 2
/** Guards of a running drill depend on time, too. */
const RUNNING_SECONDS = 0.5

/** A drill changes no object: its status is all that comes of it, and orders follow from that. One that has not ended is looked at again. */
export function planFailoverDrill({ drill }: FailoverDrillWorld): KindPlan<never> {
  if (drill === undefined || drill.status?.verdict !== undefined) return NOTHING_TO_DO
  const isPending = drill.status?.state === undefined || drill.status.state === 'Pending'
  return { ...NOTHING_TO_DO, recheckAfterSeconds: isPending ? PENDING_SECONDS : RUNNING_SECONDS }
}
