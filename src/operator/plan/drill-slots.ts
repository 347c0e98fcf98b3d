import { drillsToRemove, type FinishedDrill } from '../../rules/drill/slots.ts'
import { scheduledOf } from '../judge/drill-slots.ts'
import type { IntegrationStep } from '../steps/integration.ts'
import { NOTHING_TO_DO, type KindPlan } from '../steps/plan.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { IntegrationFacts, IntegrationWorld } from '../world/integration.ts'

/** A moment between the write of the status and the creation that depends on it. Seconds. */
const AT_ONCE = 0.05
/** Edges and zones are looked at again without an event, for the checks. Seconds. */
const CHECK_SECONDS = 300

/**
 * The drill of a slot is made only after the status says that the slot is due: so whoever comes next knows of it. One write later it says that
 * the slot is decided.
 */
export function planDrills(world: IntegrationWorld): KindPlan<IntegrationStep> {
  const scheduled = scheduledOf(world)
  const { integration, now } = world
  if (integration?.drill === undefined || scheduled === undefined || 'problem' in scheduled) return NOTHING_TO_DO
  const { due, recheckAt } = scheduled.decision
  const isWritten = due !== undefined && Date.parse(integration.status?.dueSlot ?? '') === due
  const start: IntegrationStep[] = isWritten
    ? [{ do: 'startDrill', slot: due, ...nextKind(integration), because: 'a slot of spec.drill.schedule is due' }]
    : []
  const soon = due !== undefined && !isWritten ? AT_ONCE : CHECK_SECONDS
  const seconds = recheckAt === undefined ? soon : Math.min(soon, Math.max(AT_ONCE, (recheckAt - now) / 1000))
  return {
    ...NOTHING_TO_DO,
    steps: [...start, ...historySteps(world, integration)],
    recheckAfterSeconds: seconds,
  }
}

/** The entry of the rotation whose turn it is. */
function nextKind({ drill, status }: IntegrationFacts) {
  const { rotation } = drill!
  return rotation[(status?.drillsStarted ?? 0) % rotation.length]!
}

function historySteps({ surroundings }: IntegrationWorld, { uid, drill, status }: IntegrationFacts): IntegrationStep[] {
  const decidedUntil = Date.parse(status?.lastScheduledSlot ?? '')
  const finished = surroundings.drills.flatMap((each) =>
    // One that is noted as running would be missed: that it has ended is written first.
    each.ownerUid === uid && each.uid !== status?.runningDrill?.uid ? finishedOf(each, decidedUntil) : [],
  )
  const limits = { successful: drill!.successfulRunsHistoryLimit, failed: drill!.failedRunsHistoryLimit }
  return drillsToRemove(finished, limits).map((each) => ({
    ...{ do: 'removeDrill' as const, name: each.name, uid: each.uid },
    because: 'there are more finished drills than the history keeps',
  }))
}

function finishedOf({ name, uid, slot, status }: FailoverDrillFacts, decidedUntil: number): FinishedDrill[] {
  if (slot === undefined || status?.verdict === undefined || !(slot <= decidedUntil)) return []
  // Its record is made from it.
  if (status.evidence === undefined && status.verdict !== 'Skipped') return []
  return [{ name, uid, slot, passed: status.verdict === 'Passed' }]
}
