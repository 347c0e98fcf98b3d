import { FAILOVER_DRILLS, INTEGRATIONS } from '../../api/kinds.ts'
import type { IntegrationStatus } from '../../api/integration.ts'
import type { Kube } from '../../kube/client.ts'
import { isAlreadyExists } from '../../kube/errors.ts'
import type { Raw } from '../../kube/raw-object.ts'
import type { Resource } from '../../kube/resources.ts'
import { renderDrill } from '../render/failover-drill.ts'
import type { IntegrationStep } from '../steps/integration.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import type { ApplyDependencies } from './dependencies.ts'

type DrillDependencies = Pick<ApplyDependencies, 'kube'> & {
  caches: Pick<ApplyDependencies['caches'], 'failoverDrills'>
}
type Start = Extract<IntegrationStep, { do: 'startDrill' }>
type Remove = Extract<IntegrationStep, { do: 'removeDrill' }>

/**
 * Makes the drill of a slot, or finds that it was made before. The cache may be behind what another leader wrote, so the API server itself
 * is asked whether the slot is still due.
 * @returns false when it is not
 */
export async function startDrill(
  { kube, caches }: DrillDependencies,
  integration: IntegrationFacts,
  step: Start,
): Promise<boolean> {
  const { namespace, name, uid, drill } = integration
  const now = await one(kube, INTEGRATIONS, namespace, name)
  const status = now?.status as IntegrationStatus | undefined
  const isDue = now?.metadata.uid === uid && Date.parse(status?.dueSlot ?? '') === step.slot
  if (!isDue || Date.parse(status?.lastScheduledSlot ?? '') >= step.slot) return false
  const manifest = renderDrill(integration, { ...drill!, ...step })
  try {
    caches.failoverDrills.absorb(await kube.create(manifest))
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    const found = await one(kube, FAILOVER_DRILLS, namespace, manifest.metadata.name)
    if (found?.metadata.ownerReferences?.[0]?.uid !== uid) {
      throw new Error(`there is another FailoverDrill of the name ${manifest.metadata.name}: remove it`, {
        cause: error,
      })
    }
    caches.failoverDrills.absorb(found)
  }
  return true
}

export async function removeDrill(
  { kube, caches }: DrillDependencies,
  namespace: string,
  { name, uid }: Remove,
): Promise<void> {
  await kube.remove(FAILOVER_DRILLS, namespace, name, { uid })
  caches.failoverDrills.forget(namespace, name, uid)
}

/** Whether there is no such drill: a cache may be behind the Integration that names it. @param drill a newer one of its name is another */
export const isDrillGone = async (kube: Kube, namespace: string, { name, uid }: Pick<Remove, 'name' | 'uid'>) =>
  (await one(kube, FAILOVER_DRILLS, namespace, name))?.metadata.uid !== uid

/** As the API server has it now. The right to list is enough. */
async function one(kube: Kube, resource: Resource, namespace: string, name: string): Promise<Raw | undefined> {
  for await (const found of kube.list(resource, { namespace, fieldSelector: `metadata.name=${name}` })) {
    if (found.metadata.name === name) return found
  }
  return undefined
}
