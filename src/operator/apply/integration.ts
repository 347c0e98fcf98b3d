import { INTEGRATIONS } from '../../api/kinds.ts'
import { isInvalid } from '../../kube/errors.ts'
import { isFenceRefusal } from '../../kube/fence.ts'
import { resources } from '../../kube/resources.ts'
import type { IntegrationOutcome, IntegrationStep, IntegrationWorld } from '../integration-world.ts'
import { renderTrunks, trunksName } from '../render/edge-trunks.ts'
import { isThere, type ApplyDependencies } from './callbot.ts'

type IntegrationDependencies = Pick<ApplyDependencies, 'kube'> & { caches: Pick<ApplyDependencies['caches'], 'trunks'> }

/**
 * Carries out a plan. The answer is taken into the cache, so that the next cycle sees what this one did.
 * @throws when the API server fences us off: another replica leads, and nothing more is ours to do
 */
export async function applyIntegration(
  hands: IntegrationDependencies,
  world: IntegrationWorld,
  step: IntegrationStep | undefined,
): Promise<IntegrationOutcome> {
  const { integration, published } = world
  const own = published?.integrationUid === integration?.uid ? published?.epoch : undefined
  if (step === undefined) return { trunksEpoch: own, failure: undefined }
  try {
    if (step.do === 'publishTrunks') return { trunksEpoch: await publish(hands, world, step.epoch), failure: undefined }
    await withdraw(hands, world, step.uid)
    return { trunksEpoch: undefined, failure: undefined }
  } catch (cause) {
    if (isFenceRefusal(cause)) throw cause
    const message = cause instanceof Error ? cause.message : 'no reason is known'
    const what = 'ConfigMap with its trunks'
    return { trunksEpoch: own, failure: { what, final: isInvalid(cause), message, cause } }
  }
}

async function publish(
  { kube, caches }: IntegrationDependencies,
  world: IntegrationWorld,
  epoch: number,
): Promise<number> {
  const { integration, settings, published } = world
  // What an Integration that is gone was published with says nothing for one that was made anew.
  const since = published?.integrationUid === integration!.uid ? published.since : {}
  const manifest = renderTrunks(integration!, integration!.trunks!, settings.operatorNamespace, { epoch, since })
  caches.trunks.absorb(await kube.apply(manifest))
  return epoch
}

async function withdraw(
  { kube, caches }: IntegrationDependencies,
  world: IntegrationWorld,
  uid: string,
): Promise<void> {
  const { operatorNamespace } = world.settings
  // The cache has yet to hear of it, and its bots' callers need the trunks.
  if (world.integration === undefined && (await isThere(kube, INTEGRATIONS, world))) return
  const name = trunksName(world.namespace, world.name)
  await kube.remove(resources.configMaps, operatorNamespace, name, { uid })
  caches.trunks.forget(operatorNamespace, name, uid)
}
