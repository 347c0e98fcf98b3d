import { manifestHash } from '../../kube/field-ownership.ts'
import { nextEpoch } from '../../rules/epoch.ts'
import { missingDrill } from '../judge/noted-drill.ts'
import { heldByTrunks, ownTrunks } from '../judge/trunks.ts'
import { renderTrunks } from '../render/edge-trunks.ts'
import type { IntegrationPlan, IntegrationStep } from '../steps/integration.ts'
import type { IntegrationWorld } from '../world/integration.ts'
import { planDrills } from './drill-slots.ts'

/**
 * What to do about one Integration, and why. Level-based, as with Callbots: it looks at what is there, and a crash is repaired
 * by the next cycle. Trunks of an Integration that went while no operator ran are found when its ConfigMap is listed.
 */
export function planIntegration(world: IntegrationWorld): IntegrationPlan {
  const scheduled = planDrills(world)
  const drills = { ...scheduled, steps: [...deletionSteps(world), ...scheduled.steps] }
  // What is published stays, and calls go on by it. Another Integration may go, or the share may grow.
  if (world.beyond !== undefined)
    return {
      ...drills,
      waitingFor: [...drills.waitingFor, `its share of ${world.beyond.resource}`],
      recheckAfterSeconds: Math.min(drills.recheckAfterSeconds ?? Infinity, world.beyond.againSeconds),
    }
  const step = trunksStep(world)
  return { ...drills, steps: [...(step === undefined ? [] : [step]), ...drills.steps] }
}

/** A drill that was deleted leaves nothing but its name in the status. */
function deletionSteps(world: IntegrationWorld): IntegrationStep[] {
  const { name, uid } = missingDrill(world) ?? {}
  if (name === undefined || uid === undefined) return []
  return [{ do: 'confirmDeletion', name, uid, because: 'status.runningDrill names it, and it is not there' }]
}

function trunksStep(world: IntegrationWorld): IntegrationStep | undefined {
  const { integration, published } = world
  if (integration?.trunks === undefined) {
    const because = integration === undefined ? 'the Integration was deleted' : 'the Integration has no trunks any more'
    return published && { do: 'withdrawTrunks', uid: published.uid, because }
  }
  if (isPublished(world)) return undefined
  const epoch = nextEpoch(world.now, published?.epoch, integration.status?.trunksEpoch)
  const because =
    published === undefined
      ? 'no edge knows the trunks yet'
      : 'the trunks differ from the spec, or from what edges report of their addresses'
  return { do: 'publishTrunks', epoch, because }
}

function isPublished(world: IntegrationWorld): boolean {
  const own = ownTrunks(world)
  if (own === undefined) return false
  const { trunks } = world.integration!
  const unchanged = renderTrunks(world.integration!, trunks!, world.settings.operatorNamespace, {
    ...own,
    held: heldByTrunks(world),
  })
  return own.applied === manifestHash(unchanged)
}
