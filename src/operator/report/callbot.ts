import { canonicalJson } from '../../lib/canonical.ts'
import { mergeConditions } from '../../lib/conditions.ts'
import type { CallbotStatus } from '../../api/callbot.ts'
import type { Reason } from '../../api/conditions.ts'
import { ownNumbers } from '../plan/callbot.ts'
import { BOT_LABEL } from '../render/manifest.ts'
import type { Outcome } from '../plan-steps.ts'
import type { BotFacts, World } from '../world.ts'
import {
  judgeCertificate,
  judgePods,
  judgeReferences,
  judgeZones,
  type Judgement,
  summarise,
  tally,
} from './conditions/callbot.ts'
import { formerConfigurations, createdAtOf } from '../plan/bot-configuration.ts'
import { reportCalls } from './calls.ts'
import { judgeCapacity } from './conditions/capacity.ts'
import { judgeCalls, judgeFlow, judgeSpeech } from './conditions/calls.ts'
import { judgeRoutes, reportRoutes } from './conditions/routes.ts'
import { judgeTests } from './conditions/tests.ts'
import { emergencyText, judgeEmergency } from './conditions/emergency-number.ts'
import { reportZones, type ZoneReport } from './zones.ts'

/** What `kubectl get` shows of a Callbot: what was seen, and what the last cycle brought about. */
export function reportCallbot(world: World, bot: BotFacts, outcome: Outcome): CallbotStatus {
  const zones = reportZones(world, bot)
  // In the order in which causes come: a zone that is gone explains the pods that are missing.
  const judgements = [
    judgeReferences(world, bot),
    judgeFlow(world, bot, outcome),
    judgeTests(world, bot),
    judgeCertificate(world, bot, outcome),
    judgeRoutes(world, bot, outcome),
    judgeZones(world, bot, zones),
    judgePods(world, bot, zones),
    judgeCapacity(world, bot),
    judgeSpeech(world, bot),
    judgeCalls(world, bot),
    judgeEmergency(world, bot),
  ].filter((judgement) => judgement !== undefined)
  const { ready, desired } = tally(world, bot, zones)
  return {
    observedGeneration: bot.generation,
    conditions: mergeConditions(bot.status?.conditions ?? [], conditionsOf(world, bot, judgements, zones, outcome), {
      generation: bot.generation,
      now: world.now,
    }),
    desiredReplicas: desired,
    replicas: world.pods.filter((pod) => !pod.terminating).length,
    readyReplicas: ready,
    ready: `${ready}/${desired}`,
    selector: `${BOT_LABEL}=${bot.name}`,
    zones,
    zonesReady: `${zones.filter((zone) => zone.state === 'Healthy').length}/${zones.length}`,
    fallback: emergencyText(world, bot),
    numbers: ownNumbers(world, bot),
    ...reportRoutes(world, bot, outcome),
    ...certificateStatus(bot, outcome),
    ...configurationStatus(world, bot, outcome),
    ...reportCalls(world, bot),
  }
}

function configurationStatus(world: World, bot: BotFacts, outcome: Outcome): Pick<CallbotStatus, 'configuration'> {
  const name = outcome.configuration ?? bot.status?.configuration?.name
  if (name === undefined) return {}
  const removed = new Set(outcome.removedConfigurations)
  const former = formerConfigurations(world, bot, name).filter((each) => !removed.has(each))
  const madeAt = outcome.configuration === undefined ? bot.status?.configuration?.madeAt : createdAtOf(world, bot, name)
  return { configuration: { name, ...(madeAt && { madeAt }), ...(former.length === 0 ? {} : { former }) } }
}

function certificateStatus(bot: BotFacts, outcome: Outcome) {
  const certificate = outcome.certificate ?? bot.status?.certificate
  return certificate === undefined ? {} : { certificate }
}

/** The operator can't go on before somebody changes something. */
const NEEDS_A_PERSON: ReadonlySet<Reason> = new Set([
  'SpecInvalid',
  'NumberTaken',
  'NumberReserved',
  'DialogInvalid',
  'TestsFailed',
])

function conditionsOf(
  world: World,
  bot: BotFacts,
  judgements: Judgement[],
  zones: ZoneReport[],
  outcome: Outcome,
): Judgement[] {
  const ready = summarise(world, bot, judgements, zones, outcome)
  const { status, reason, message } = ready
  const abnormal: Judgement[] = []
  if (status !== 'True') {
    const type = NEEDS_A_PERSON.has(reason) ? 'Stalled' : 'Reconciling'
    abnormal.push({ type, status: 'True', reason, message })
  }
  return [ready, ...judgements, ...abnormal].map((each) => ({ ...each, message: asSentence(each.message) }))
}

/** A cause that came from elsewhere may have its full stop already. */
export const asSentence = (message: string) => (/[.!?)]$/.test(message) ? message : `${message}.`)

/** False when a write would change nothing. */
export function statusDiffers<S extends object>(before: S | undefined, after: S): boolean {
  return canonicalJson(before ?? {}) !== canonicalJson(after)
}
