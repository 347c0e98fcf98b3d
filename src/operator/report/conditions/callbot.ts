import { type ConditionType, type Reason, wordingOf } from '../../../api/conditions.ts'
import { heldReplicas } from '../../plan/scaling.ts'
import type { Outcome } from '../../plan-steps.ts'
import type { BotFacts, World } from '../../world.ts'
import type { ZoneReport } from '../zones.ts'

/** One judgement on one side of a bot: what a condition says. */
export interface Judgement {
  type: ConditionType
  status: 'True' | 'False' | 'Unknown'
  reason: Reason
  message: string
}

export const fine = (type: ConditionType): Judgement => ({
  type,
  status: 'True',
  reason: 'AsSpecified',
  message: wordingOf('AsSpecified'),
})
export const not = (type: ConditionType, reason: Reason, message: string): Judgement => ({
  type,
  status: 'False',
  reason,
  message,
})

/** Seconds that a bot's first pods may take to start before they count as unavailable. */
export const START_PATIENCE_SECONDS = 120

export function judgeReferences(world: World, bot: BotFacts): Judgement {
  const [integration] = world.missingIntegrations
  if (integration !== undefined) {
    return not('ReferencesResolved', 'IntegrationNotFound', wordingOf('IntegrationNotFound', { name: integration }))
  }
  if (world.retentionPolicyMissing) {
    const name = bot.spec.retentionPolicyRef?.name ?? ''
    return not('ReferencesResolved', 'RetentionPolicyNotFound', wordingOf('RetentionPolicyNotFound', { name }))
  }
  return fine('ReferencesResolved')
}

export function judgeCertificate(world: World, bot: BotFacts, outcome: Outcome): Judgement {
  const held = outcome.certificate ?? bot.status?.certificate
  if (held === undefined) return not('CertificateReady', 'CertificatePending', wordingOf('CertificatePending'))
  const due = Date.parse(held.notBefore) + lifetime(held) * world.settings.renewAtFraction
  const overdue = outcome.certificate === undefined && world.now > due + OVERDUE_SHARE * lifetime(held)
  if (!overdue) return fine('CertificateReady')
  const because =
    outcome.failures.find((failure) => failure.step === 'issueCertificate')?.message ?? 'the CA is missing'
  return not(
    'CertificateReady',
    'CertificateExpiring',
    wordingOf('CertificateExpiring', { notAfter: held.notAfter, because }),
  )
}

/** A renewal that is late by more than this share of the lifetime is a fault. */
const OVERDUE_SHARE = 0.05
const lifetime = (held: { notBefore: string; notAfter: string }) =>
  Date.parse(held.notAfter) - Date.parse(held.notBefore)

export function judgePods(world: World, bot: BotFacts, zones: ZoneReport[]): Judgement {
  const { ready, desired } = tally(world, bot, zones)
  if (ready >= desired) return fine('PodsAvailable')
  if (stillStarting(world, bot)) {
    return not('PodsAvailable', 'PodsStarting', wordingOf('PodsStarting', { ready, desired }))
  }
  const because = zones.some((zone) => zone.state === 'Unreachable') ? 'a zone does not answer' : 'pods are not ready'
  return not(
    'PodsAvailable',
    'PodsUnavailable',
    wordingOf('PodsUnavailable', { ready, desired, because, bot: bot.name }),
  )
}

export const tally = (world: World, bot: BotFacts, zones: ZoneReport[]) => ({
  ready: zones.reduce((sum, zone) => sum + zone.ready, 0),
  desired: heldReplicas(world, bot),
})

/** Whether pods are missing for no longer than a start takes: the bot is new, or there shall be more of them than before. */
function stillStarting(world: World, bot: BotFacts): boolean {
  if (heldReplicas(world, bot) > (bot.status?.desiredReplicas ?? 0)) return true
  const before = bot.status?.conditions?.find((condition) => condition.type === 'PodsAvailable')
  if (before === undefined) return true
  if (before.reason !== 'PodsStarting') return before.observedGeneration !== bot.generation
  return world.now - Date.parse(before.lastTransitionTime) < START_PATIENCE_SECONDS * 1000
}

export function judgeZones(world: World, bot: BotFacts, zones: ZoneReport[]): Judgement {
  const unreachable = namesOf(zones, 'Unreachable')
  if (unreachable !== '' || zones.length === 0) {
    return not('ZonesHealthy', 'ZoneUnreachable', wordingOf('ZoneUnreachable', { zones: unreachable || 'any zone' }))
  }
  const lacking = namesOf(zones, 'Degraded')
  const { ready, desired } = tally(world, bot, zones)
  if (lacking !== '' && ready < desired && stillStarting(world, bot)) {
    return not('ZonesHealthy', 'PodsStarting', wordingOf('PodsStarting', { ready, desired }))
  }
  if (lacking !== '') {
    const because = 'its pods are not ready or have no room'
    return not('ZonesHealthy', 'ZoneWithoutPod', wordingOf('ZoneWithoutPod', { zones: lacking, because }))
  }
  return fine('ZonesHealthy')
}

const namesOf = (zones: ZoneReport[], state: ZoneReport['state']) =>
  zones
    .filter((zone) => zone.state === state)
    .map((zone) => zone.name)
    .join(', ')

/** The summary: True when every other judgement is; else the first that is False, or Unknown, in the order in which causes come. */
export function summarise(
  world: World,
  bot: BotFacts,
  judgements: Judgement[],
  zones: ZoneReport[],
  outcome: Outcome,
): Judgement {
  const failure = outcome.failures[0]
  if (failure !== undefined) {
    const message = wordingOf('ApplyFailed', { what: failure.what, because: failure.message })
    return not('Ready', failure.final ? 'SpecInvalid' : 'ApplyFailed', message)
  }
  const first =
    judgements.find((judgement) => judgement.status === 'False') ??
    judgements.find((judgement) => judgement.status === 'Unknown')
  if (first !== undefined) return { ...first, type: 'Ready' }
  const values = { ...tally(world, bot, zones), zones: zones.length }
  return { type: 'Ready', status: 'True', reason: 'Serving', message: wordingOf('Serving', values) }
}
