import type { FailoverDrillStatus } from '../../src/api/failover-drill.ts'
import { planFailoverDrill } from '../../src/operator/plan/failover-drill.ts'
import { reportFailoverDrill } from '../../src/operator/report/failover-drill.ts'
import type { FailoverDrillFacts } from '../../src/operator/world/drills.ts'
import type { FailoverDrillWorld } from '../../src/operator/world/failover-drill.ts'

/** One cycle of a drill, without the writes: what is decided on, as its status has it. */
export function statusAfterCycle(
  before: FailoverDrillWorld,
  drill: FailoverDrillFacts,
): FailoverDrillStatus | undefined {
  const world = { ...before, drill }
  const { decision } = planFailoverDrill(world)
  return reportFailoverDrill(world, drill, { failures: [], decision })
}
