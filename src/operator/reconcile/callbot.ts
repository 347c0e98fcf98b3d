import type { CallbotStatus } from '../../api/callbot.ts'
import { CALLBOTS } from '../../api/kinds.ts'
import type { ReconcileResult } from '../../kube/controller.ts'
import { applyCallbot, type ApplyDependencies } from '../apply/callbot.ts'
import { writeStatus } from '../apply/status.ts'
import { observeCallbot, type ObserveSources } from '../observe/callbot.ts'
import { planCallbot } from '../plan/callbot.ts'
import { epochToAskFor } from '../../rules/route-on-edges.ts'
import type { Owner } from '../render/manifest.ts'
import { reportCallbot, statusDiffers } from '../report/callbot.ts'
import { eventOfChange, type ReportedEvent } from '../report/events.ts'
import type { Outcome } from '../plan-steps.ts'
import type { BotFacts, World } from '../world.ts'

export interface Operator {
  sources: ObserveSources
  dependencies: ApplyDependencies
  /** Has edges asked for this epoch of a bot's route from now on; undefined: no more. */
  followRoute: (bot: string, epoch: number | undefined) => void
  /** Tells people, by an event about the object. */
  publishEvent: (kind: 'Callbot' | 'Integration', about: Owner, event: ReportedEvent) => void
  /** Epoch milliseconds. */
  wallClock: () => number
}

/** One cycle for one Callbot: observe, plan, apply, report. */
export async function reconcileCallbot(operator: Operator, key: string): Promise<ReconcileResult> {
  const [namespace = '', name = ''] = key.split('/')
  const world = observeCallbot(operator.sources, namespace, name, operator.wallClock())
  const plan = planCallbot(world)
  const outcome = await applyCallbot(operator.dependencies, world, plan)
  await report(operator, world, outcome)
  throwFirstFault(outcome)
  if (outcome.superseded) return { recheckAfterSeconds: 1 }
  return plan.recheckAfterSeconds === undefined ? {} : { recheckAfterSeconds: plan.recheckAfterSeconds }
}

/** The pods and children are looked at again: the caches hold by now what `apply` brought about. */
async function report(operator: Operator, before: World, outcome: Outcome): Promise<void> {
  const world = observeCallbot(operator.sources, before.namespace, before.name, before.now)
  const { bot } = world
  const key = `${before.namespace}/${before.name}`
  if (bot === undefined) operator.followRoute(key, undefined)
  if (bot === undefined || bot.uid !== before.bot?.uid || outcome.namespaceEnds) return
  const status = reportCallbot(world, bot, outcome)
  const epoch = epochToAskFor(status.routeEpoch, status.runningRoute)
  operator.followRoute(key, world.edges === 'NoEdges' ? undefined : epoch)
  if (statusDiffers(bot.status, status)) await writeStatusAndEvent(operator, bot, status)
}

async function writeStatusAndEvent(operator: Operator, bot: BotFacts, status: CallbotStatus): Promise<void> {
  const { kube } = operator.dependencies
  const cache = operator.sources.caches.bots
  if (!(await writeStatus({ kube, resource: CALLBOTS, about: bot, status, cache }))) return
  const event = eventOfChange(bot, status)
  if (event !== undefined) operator.publishEvent('Callbot', bot, event)
}

/** A fault is retried in one place, the queue. What will never pass waits for a person. */
function throwFirstFault(outcome: Outcome): void {
  const fault = outcome.failures.find((failure) => !failure.final)
  if (fault !== undefined) throw new Error(`${fault.what}: ${fault.message}`, { cause: fault.cause })
}
