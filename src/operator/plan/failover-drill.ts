import { NOTHING_TO_DO, type KindPlan } from '../steps/plan.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'

/** What is unknown may be known in a moment. */
const RECHECK_SECONDS = 2

/** A drill by checks alone changes nothing: its status is all that comes of it. One that has not ended is looked at again. */
export const planFailoverDrill = ({ drill }: FailoverDrillWorld): KindPlan<never> =>
  drill === undefined || drill.status?.verdict !== undefined
    ? NOTHING_TO_DO
    : { ...NOTHING_TO_DO, recheckAfterSeconds: RECHECK_SECONDS }
