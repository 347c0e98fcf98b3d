import { INTEGRATIONS } from '../../api/kinds.ts'
import type { ReconcileResult } from '../../kube/controller.ts'
import { applyIntegration } from '../apply/integration.ts'
import { writeStatus } from '../apply/status.ts'
import type { IntegrationOutcome, IntegrationWorld } from '../integration-world.ts'
import { observeIntegration } from '../observe/integration.ts'
import { planIntegration } from '../plan/integration.ts'
import type { Operator } from './callbot.ts'
import { statusDiffers } from '../report/callbot.ts'
import { eventOfRoute, reportIntegration } from '../report/integration.ts'

/** One cycle for one Integration: observe, plan, apply, report. */
export async function reconcileIntegration(operator: Operator, key: string): Promise<ReconcileResult> {
  const [namespace = '', name = ''] = key.split('/')
  const world = observeIntegration(operator.sources, namespace, name, operator.wallClock())
  const outcome = await applyIntegration(operator.dependencies, world, planIntegration(world))
  await writeStatusAndEvent(operator, world, outcome)
  const { failure } = outcome
  if (failure !== undefined && !failure.final) {
    throw new Error(`${failure.what}: ${failure.message}`, { cause: failure.cause })
  }
  return {}
}

async function writeStatusAndEvent(
  operator: Operator,
  world: IntegrationWorld,
  outcome: IntegrationOutcome,
): Promise<void> {
  const { integration } = world
  if (integration === undefined) return
  const status = reportIntegration(world, integration, outcome)
  if (!statusDiffers(integration.status, status)) return
  const { kube } = operator.dependencies
  const cache = operator.sources.caches.integrations
  if (!(await writeStatus({ kube, resource: INTEGRATIONS, about: integration, status, cache }))) return
  const event = eventOfRoute(integration, status)
  if (event !== undefined) operator.publishEvent('Integration', integration, event)
}
