import { wordingOf } from '../../../api/conditions.ts'
import { CLOSED_PORT } from '../../../rules/closed-port.ts'
import { NO_ZONE } from '../../../rules/zone-health.ts'
import { judgeCertificate } from '../../judge/certificate.ts'
import { missingReferences } from '../../judge/references.ts'
import { heldReplicas } from '../../judge/replicas.ts'
import type { Outcome } from '../../steps/callbot.ts'
import type { BotFacts, World } from '../../world/callbot.ts'
import type { ZoneReport } from '../zones.ts'
import { applyFailed, conditionOf, earlier, fine, not, type Finding } from './finding.ts'

/** Seconds that a bot's first pods may take to start before they count as unavailable. */
export const START_PATIENCE_SECONDS = 120

export function referencesResolved(world: World, bot: BotFacts): Finding {
  const [missing] = missingReferences(world, bot)
  if (missing === undefined) return fine('ReferencesResolved', 'all objects that the spec names exist')
  const { reason, name } = missing
  return not('ReferencesResolved', reason, wordingOf(reason, { name }))
}

export function certificateReady(world: World, bot: BotFacts, outcome: Outcome): Finding {
  const recorded = outcome.certificate ?? bot.status?.certificate
  if (recorded === undefined) return not('CertificateReady', 'CertificatePending', wordingOf('CertificatePending'))
  if (!judgeCertificate(world, recorded).isOverdue)
    return fine('CertificateReady', `the certificate of the pods is valid until ${recorded.notAfter}`)
  const because = outcome.failures.find(({ step }) => step === 'issueCertificate')?.message ?? 'the CA is missing'
  const values = { notAfter: recorded.notAfter, because }
  return not('CertificateReady', 'CertificateExpiring', wordingOf('CertificateExpiring', values))
}

export function podsAvailable(world: World, bot: BotFacts, zones: ZoneReport[]): Finding {
  const { ready, desired } = tally(world, bot, zones)
  if (ready >= desired) return fine('PodsAvailable', `${ready} of ${desired} pods take calls`)
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
  const before = conditionOf(bot, 'PodsAvailable')
  if (before === undefined) return true
  if (before.reason !== 'PodsStarting') return before.observedGeneration !== bot.generation
  return world.now - Date.parse(before.lastTransitionTime) < START_PATIENCE_SECONDS * 1000
}

export function zonesHealthy(world: World, bot: BotFacts, zones: ZoneReport[]): Finding {
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
  return fine('ZonesHealthy', `the pods in ${zones.map(({ name }) => name).join(', ')} answer`)
}

/** What the loss of a zone would cost. A fact of the cluster or of the spec, and no fault of the bot: Ready does not depend on it. */
export function zoneRedundant({ spec }: BotFacts, zones: readonly ZoneReport[]): Finding | undefined {
  const used = zones.filter(({ desired }) => desired > 0)
  const [zone] = used
  if (zone === undefined) return undefined
  if (zone.name === NO_ZONE) return not('ZoneRedundant', 'NoZoneLabels', wordingOf('NoZoneLabels'))
  if (used.length > 1) return fine('ZoneRedundant', `pods are spread over ${used.map(({ name }) => name).join(', ')}`)
  const values = { zone: zone.name, cure: cureOf(spec, zones.length) }
  return not('ZoneRedundant', 'OneZone', wordingOf('OneZone', values))
}

function cureOf({ zones }: BotFacts['spec'], available: number): string {
  if (available > 1) return 'Raise spec.capacity.minReplicas'
  return zones.length > 0 ? 'Name more zones in spec.zones' : 'Add nodes in another zone'
}

/** A fact of the cluster, and no fault of the bot: Ready does not depend on it. */
export function policiesEnforced({ policyEvidence }: World, bot: BotFacts): Finding | undefined {
  if (policyEvidence === undefined) return earlier(bot, 'PoliciesEnforced')
  if (policyEvidence === 'Enforced')
    return fine('PoliciesEnforced', `a pod refuses connections at port ${CLOSED_PORT}, as its NetworkPolicy says`)
  const values = { bot: bot.name, port: CLOSED_PORT }
  return not('PoliciesEnforced', 'PoliciesNotEnforced', wordingOf('PoliciesNotEnforced', values))
}

const namesOf = (zones: ZoneReport[], state: ZoneReport['state']) =>
  zones
    .filter((zone) => zone.state === state)
    .map((zone) => zone.name)
    .join(', ')

/** The summary: True when every other finding is; else the first that is False, or Unknown, in the order in which causes come. */
export function summarise(
  world: World,
  bot: BotFacts,
  findings: Finding[],
  zones: ZoneReport[],
  outcome: Outcome,
): Finding {
  const [failure] = outcome.failures
  if (failure !== undefined) return applyFailed(failure)
  const first =
    findings.find((finding) => finding.status === 'False') ?? findings.find((finding) => finding.status === 'Unknown')
  if (first !== undefined) return { ...first, type: 'Ready' }
  const values = { ...tally(world, bot, zones), zones: zones.length }
  return { type: 'Ready', status: 'True', reason: 'Serving', message: wordingOf('Serving', values) }
}
