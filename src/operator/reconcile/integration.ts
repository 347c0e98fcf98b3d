import { INTEGRATIONS } from '../../api/kinds.ts'
import type { ReconcileResult } from '../../kube/controller.ts'
import { applyIntegration } from '../apply/integration.ts'
import { writeStatus } from '../apply/status.ts'
import type { IntegrationOutcome, IntegrationWorld } from '../integration-world.ts'
import { observeIntegration } from '../observe/integration.ts'
import { planIntegration } from '../plan/integration.ts'
import type { Operator } from './callbot.ts'
import { statusDiffers } from '../report/callbot.ts'
import { announceRoute, reportIntegration } from '../report/integration.ts'

/** One cycle for one Integration: observe, plan, apply, report. */
export async function reconcileIntegration(operator: Operator, key: string): Promise<ReconcileResult> {
  const [namespace = '', name = ''] = key.split('/')
  const world = observeIntegration(operator.observatory, namespace, name, operator.wallClock())
  const outcome = await applyIntegration(operator.hands, world, planIntegration(world))
  await tell(operator, world, outcome)
  const { failure } = outcome
  if (failure !== undefined && !failure.final) {
    throw new Error(`${failure.what}: ${failure.message}`, { cause: failure.cause })
  }
  return {}
}

async function tell(operator: Operator, world: IntegrationWorld, outcome: IntegrationOutcome): Promise<void> {
  const { integration } = world
  if (integration === undefined) return
  const status = reportIntegration(world, integration, outcome)
  if (!statusDiffers(integration.status, status)) return
  const { kube } = operator.hands
  const cache = operator.observatory.caches.integrations
  if (!(await writeStatus({ kube, resource: INTEGRATIONS, about: integration, status, cache }))) return
  const event = announceRoute(integration, status)
  if (event !== undefined) operator.announce('Integration', integration, event)
}
