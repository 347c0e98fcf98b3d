import { manifestHash } from '../../kube/field-ownership.ts'
import { nextEpoch } from '../../rules/epoch.ts'
import type { IntegrationStep, IntegrationWorld } from '../integration-world.ts'
import { renderTrunks } from '../render/edge-trunks.ts'

/**
 * What to do about one Integration, and why. Level-based, as with Callbots: it looks at what is there, and a crash is repaired
 * by the next cycle. Trunks of an Integration that went while no operator ran are found when its ConfigMap is listed.
 */
export function planIntegration(world: IntegrationWorld): IntegrationStep | undefined {
  const { integration, published } = world
  if (integration?.trunks === undefined) {
    const because = integration === undefined ? 'the Integration is gone' : 'the Integration has no trunks any more'
    return published && { do: 'withdrawTrunks', uid: published.uid, because }
  }
  if (isPublished(world)) return undefined
  const epoch = nextEpoch(world.now, published?.epoch, integration.status?.trunksEpoch)
  const because = published === undefined ? 'no edge knows the trunks yet' : 'the trunks are not as the spec says'
  return { do: 'publishTrunks', epoch, because }
}

function isPublished({ integration, published, settings }: IntegrationWorld): boolean {
  if (published === undefined || published.integrationUid !== integration!.uid) return false
  const unchanged = renderTrunks(integration!, integration!.trunks!, settings.operatorNamespace, published)
  return published.applied === manifestHash(unchanged)
}
