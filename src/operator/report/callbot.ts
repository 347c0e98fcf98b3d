import { mergeConditions } from '../../lib/conditions.ts'
import type { CallbotStatus } from '../../api/callbot.ts'
import { formerConfigurations, createdAtOf } from '../judge/configuration.ts'
import { ownNumbers } from '../judge/numbers.ts'
import { BOT_LABEL } from '../world/labels.ts'
import type { Outcome } from '../steps/callbot.ts'
import type { BotFacts, World } from '../world/callbot.ts'
import {
  certificateReady,
  podsAvailable,
  policiesEnforced,
  referencesResolved,
  zoneRedundant,
  zonesHealthy,
  summarise,
  tally,
} from './conditions/callbot.ts'
import { reportCalls } from './calls.ts'
import { placesFree } from './conditions/capacity.ts'
import { callsAnswered, dialogValid, speechReady } from './conditions/calls.ts'
import { edgesReady, routesPublished, reportRoutes } from './conditions/routes.ts'
import { placementMet } from './conditions/placement.ts'
import { testsPassed } from './conditions/tests.ts'
import { emergencyText, fallbackReachable } from './conditions/emergency-number.ts'
import { isShortOfSpec, withinShare } from './conditions/share.ts'
import { withSummary } from './conditions/finding.ts'
import { reportZones } from './zones.ts'

/** What `kubectl get` shows of a Callbot: what was seen, and what the last cycle brought about. */
export function reportCallbot(world: World, bot: BotFacts, outcome: Outcome): CallbotStatus {
  const zones = reportZones(world, bot)
  const share = withinShare(world, bot)
  const placement = placementMet(world, bot)
  const isShort = isShortOfSpec(world, bot)
  // In the order in which causes come: a zone that is gone explains the pods that are missing.
  const findings = [
    isShort ? share : undefined,
    referencesResolved(world, bot),
    dialogValid(world, bot, outcome),
    testsPassed(world, bot),
    certificateReady(world, bot, outcome),
    routesPublished(world, bot, outcome),
    placement?.finding,
    zonesHealthy(world, bot, zones),
    podsAvailable(world, bot, zones),
    placesFree(world, bot),
    speechReady(world, bot),
    callsAnswered(world, bot),
    fallbackReachable(world, bot),
  ].filter((finding) => finding !== undefined)
  const ready = summarise(world, bot, findings, zones, outcome)
  // What the cluster makes of it: Ready does not depend on these.
  const risks = [
    isShort ? undefined : share,
    zoneRedundant(bot, zones),
    policiesEnforced(world, bot),
    edgesReady(world, bot),
  ].filter((finding) => finding !== undefined)
  const { ready: pods, desired } = tally(world, bot, zones)
  return {
    observedGeneration: bot.generation,
    conditions: mergeConditions(bot.status?.conditions ?? [], withSummary(ready, [...findings, ...risks]), {
      generation: bot.generation,
      now: world.now,
    }),
    desiredReplicas: desired,
    replicas: world.pods.filter((pod) => !pod.terminating).length,
    readyReplicas: pods,
    ready: `${pods}/${desired}`,
    selector: `${BOT_LABEL}=${bot.name}`,
    zones,
    zonesReady: `${zones.filter((zone) => zone.state === 'Healthy').length}/${zones.length}`,
    fallback: emergencyText(world, bot),
    numbers: ownNumbers(world, bot),
    ...(placement && { placement: placement.text }),
    ...reportRoutes(world, bot, outcome),
    ...certificateStatus(bot, outcome),
    ...configurationStatus(world, bot, outcome),
    ...reportCalls(world, bot),
    ...(world.lastDrill && { lastDrill: world.lastDrill, lastDrillText: world.lastDrill.verdict }),
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
