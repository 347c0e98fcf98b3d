import { INTEGRATIONS } from '../../api/kinds.ts'
import { resources } from '../../kube/resources.ts'
import { heldByTrunks, ownTrunks } from '../judge/trunks.ts'
import { renderTrunks, trunksName } from '../render/edge-trunks.ts'
import type { IntegrationOutcome, IntegrationPlan, IntegrationStep } from '../steps/integration.ts'
import type { IntegrationWorld } from '../world/integration.ts'
import { attempt } from './attempt.ts'
import { isThere } from './callbot.ts'
import type { ApplyDependencies } from './dependencies.ts'
import { isDrillGone, removeDrill, startDrill } from './drills.ts'

type IntegrationDependencies = Pick<ApplyDependencies, 'kube'> & {
  caches: Pick<ApplyDependencies['caches'], 'trunks' | 'failoverDrills'>
}

/**
 * Carries out a plan. The answer is taken into the cache, so that the next cycle sees what this one did.
 * @throws when the API server fences us off: another replica leads, and nothing more is ours to do
 */
export async function applyIntegration(
  dependencies: IntegrationDependencies,
  world: IntegrationWorld,
  { steps }: IntegrationPlan,
): Promise<IntegrationOutcome> {
  const outcome: IntegrationOutcome = { trunksEpoch: ownTrunks(world)?.epoch, failures: [] }
  for (const step of steps) {
    await attempt(outcome, step, NOUNS[step.do], () => doStep(dependencies, world, step, outcome))
  }
  return outcome
}

/** What a step is about, for people. */
const NOUNS = {
  publishTrunks: 'ConfigMap with its trunks',
  withdrawTrunks: 'ConfigMap with its trunks',
  startDrill: 'FailoverDrill of its schedule',
  removeDrill: 'FailoverDrill that its history does not keep',
  confirmDeletion: 'FailoverDrill that ran',
} as const

async function doStep(
  dependencies: IntegrationDependencies,
  world: IntegrationWorld,
  step: IntegrationStep,
  outcome: IntegrationOutcome,
): Promise<void> {
  switch (step.do) {
    case 'publishTrunks':
      outcome.trunksEpoch = await publish(dependencies, world, step.epoch)
      return
    case 'withdrawTrunks':
      outcome.trunksEpoch = await withdraw(dependencies, world, step.uid)
      return
    case 'startDrill':
      if (!(await startDrill(dependencies, world.integration!, step))) outcome.superseded = true
      return
    case 'removeDrill':
      return removeDrill(dependencies, world.namespace, step)
    case 'confirmDeletion':
      if (await isDrillGone(dependencies.kube, world.namespace, step)) outcome.deletedDrill = step.uid
      return
  }
}

async function publish(
  { kube, caches }: IntegrationDependencies,
  world: IntegrationWorld,
  epoch: number,
): Promise<number> {
  const { integration, settings } = world
  // What an Integration that is gone was published with says nothing for one that was recreated.
  const { since } = ownTrunks(world) ?? { since: {} }
  const published = { epoch, since, held: heldByTrunks(world) }
  const manifest = renderTrunks(integration!, integration!.trunks!, settings.operatorNamespace, published)
  caches.trunks.absorb(await kube.apply(manifest))
  return epoch
}

async function withdraw(
  { kube, caches }: IntegrationDependencies,
  world: IntegrationWorld,
  uid: string,
): Promise<undefined> {
  const { operatorNamespace } = world.settings
  // The cache has yet to hear of it, and its bots' callers need the trunks.
  if (world.integration === undefined && (await isThere(kube, INTEGRATIONS, world))) return undefined
  const name = trunksName(world.namespace, world.name)
  await kube.remove(resources.configMaps, operatorNamespace, name, { uid })
  caches.trunks.forget(operatorNamespace, name, uid)
  return undefined
}
