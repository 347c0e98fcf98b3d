import { advance } from '../../rules/drill/machine.ts'
import { hasEnded, isRunning } from '../../rules/drill/stage.ts'
import { checksOf } from '../judge/drill-checks.ts'
import { leaseOf } from '../judge/drill-lease.ts'
import { runOf, seenBy, settingsFor } from '../judge/drill-run.ts'
import type { DrillDecision, FailoverDrillPlan } from '../steps/failover-drill.ts'
import { NOTHING_TO_DO } from '../steps/plan.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'

/** What is unknown may be known in a moment. */
const PENDING_SECONDS = 2
/** Of those that other drills of their namespace come before: the end of one of them wakes the next. */
const BEHIND_SECONDS = 15
/** Guards of a running drill depend on time, too. */
const RUNNING_SECONDS = 0.5

/**
 * Decides how a drill goes on. One that runs changes no object: its status is all that comes of it, and orders follow from that. A drill by checks
 * alone ends at once, or waits for what is not known yet. One that has ended gets its record.
 */
export function planFailoverDrill(world: FailoverDrillWorld): FailoverDrillPlan {
  const { drill } = world
  if (drill === undefined) return NOTHING_TO_DO
  if (hasEnded(drill)) return planRecord(world)
  return { ...NOTHING_TO_DO, decision: decide(world, drill), recheckAfterSeconds: recheckSeconds(world, drill) }
}

function decide(world: FailoverDrillWorld, drill: FailoverDrillFacts): DrillDecision {
  const checks = checksOf(world, drill)
  const run = runOf(world, drill)
  const next = advance(run, settingsFor(world, drill), seenBy(world, drill, checks))
  return { resourceVersion: drill.resourceVersion, run: next ?? run, checks }
}

function recheckSeconds(world: FailoverDrillWorld, drill: FailoverDrillFacts): number {
  if (isRunning(drill)) return RUNNING_SECONDS
  const lease = leaseOf(world, drill)
  return lease.kind === 'Waits' && !lease.isNext ? BEHIND_SECONDS : PENDING_SECONDS
}

/** A drill that never began has nothing to prove, and without its Integration there is no chain to write it to. */
function planRecord({ drill, integration, canSign }: FailoverDrillWorld): FailoverDrillPlan {
  const { verdict, evidence } = drill!.status!
  if (verdict === 'Skipped' || evidence !== undefined || integration === undefined) return NOTHING_TO_DO
  if (!canSign) return { ...NOTHING_TO_DO, recheckAfterSeconds: PENDING_SECONDS }
  return { ...NOTHING_TO_DO, steps: [{ do: 'writeRecord', because: 'the drill has ended' }] }
}
