import type { IntegrationStatus } from '../../api/integration.ts'
import { mergeConditions } from '../../lib/conditions.ts'
import type { IntegrationOutcome } from '../steps/integration.ts'
import type { IntegrationFacts, IntegrationWorld } from '../world/integration.ts'
import { eventOfDrills, reportDrills } from './drills.ts'
import type { ReportedEvent } from './events.ts'
import { eventOfDeletion } from './noted-drill.ts'
import { applyFailed, conditionOf, earlier, withSummary, type Finding } from './conditions/finding.ts'
import {
  backupAvailable,
  probesInTime,
  referencesResolved,
  routeAvailable,
  summariseIntegration,
  type Side,
} from './conditions/integration.ts'
import { quotaExceeded } from './conditions/share.ts'
import { routeText, showRoute, type ShownRoute } from './route-status.ts'

/** What `kubectl get integrations` shows: which way is in use, and whether another would answer. */
export function reportIntegration(
  world: IntegrationWorld,
  integration: IntegrationFacts,
  outcome: IntegrationOutcome,
): IntegrationStatus {
  const { status: before } = integration
  const drills = reportDrills(world, integration, outcome)
  const sip = integration.trunks && shownSide(world.sip, before?.sip)
  const http = integration.endpoints.length > 0 ? shownSide(world.http, before?.http) : undefined
  return {
    ...drills.status,
    observedGeneration: integration.generation,
    conditions: mergeConditions(
      before?.conditions ?? [],
      [...conditionsOf(world, integration, outcome, { sip, http }), ...drills.findings],
      { generation: integration.generation, now: world.now },
    ),
    ...(sip && { sip, sipRoute: routeText(sip) }),
    ...(http && { http, httpRoute: routeText(http) }),
    usedBy: world.usedBy,
    ...(outcome.trunksEpoch !== undefined && { trunksEpoch: outcome.trunksEpoch }),
  }
}

/** While not all observers were asked, what was found before holds: a starting operator's count of them is no news. */
const shownSide = (seen: IntegrationWorld['sip'], before: ShownRoute | undefined): ShownRoute =>
  seen === undefined ? (before ?? { role: 'Unknown' }) : showRoute(seen, before)

type Shown = Record<'sip' | 'http', ShownRoute | undefined>

function conditionsOf(
  world: IntegrationWorld,
  integration: IntegrationFacts,
  { failures: [failure] }: IntegrationOutcome,
  shown: Shown,
): Finding[] {
  const findings = findingsOf(world, integration, shown)
  const summary = world.beyond
    ? quotaExceeded('Ready', world.namespace, world.beyond)
    : summariseIntegration(...findings)
  const probes = probesInTime(shown.sip, integration.trunks?.probe.intervalSeconds)
  return withSummary(failure ? applyFailed(failure) : summary, [...findings, ...probes])
}

function findingsOf(world: IntegrationWorld, integration: IntegrationFacts, shown: Shown): [Finding, Finding, Finding] {
  const before = (['ReferencesResolved', 'RouteAvailable', 'BackupAvailable'] as const).map((type) =>
    earlier(integration, type),
  )
  const isSettled = (shown.sip === undefined || world.sip !== undefined) && (!shown.http || world.http !== undefined)
  if (!isSettled && before.every((each) => each !== undefined)) return before as [Finding, Finding, Finding]
  const sides: Side[] = [
    ...(shown.sip ? [sideOf('SIP', world.sip, integration.trunks!.trunks, shown.sip)] : []),
    ...(shown.http ? [sideOf('HTTP', world.http, integration.endpoints, shown.http)] : []),
  ]
  return [referencesResolved(sides), routeAvailable(sides), backupAvailable(sides)]
}

function sideOf(
  side: Side['side'],
  seen: IntegrationWorld['sip'],
  declared: readonly { name: string; role: 'Primary' | 'Backup' }[],
  shown: ShownRoute,
): Side {
  const unasked = (): Side['seen'] => ({
    parts: declared.map(({ name, role }) => ({
      ...{ name, role, state: 'Unknown', since: undefined, seenBy: 0, because: undefined },
    })),
    ...{ role: 'Unknown', active: undefined, since: undefined },
  })
  return { side, seen: seen ?? unasked(), shown }
}

/**
 * One event for each change of the way or of what a person should look at, and none while it stays. That everything answers for
 * the first time is what everyone expects.
 */
export function eventOfRoute(
  { status: before }: Pick<IntegrationFacts, 'status'>,
  after: IntegrationStatus,
): ReportedEvent | undefined {
  const [was, is] = [before, after].map((status) => conditionOf({ status }, 'Ready'))
  if (is === undefined || is.reason === 'RouteUnknown') return undefined
  const isSame =
    was?.reason === is.reason && before?.sipRoute === after.sipRoute && before?.httpRoute === after.httpRoute
  const isFirst = was === undefined || was.reason === 'RouteUnknown'
  if (isSame || (isFirst && is.reason === 'RouteAnswers')) return undefined
  return { type: is.reason === 'RouteAnswers' ? 'Normal' : 'Warning', reason: is.reason, note: is.message }
}

/** A change of the way comes before news of drills, but for what a person may have wanted to hide. */
export const eventOfIntegration = (
  integration: Pick<IntegrationFacts, 'status'>,
  after: IntegrationStatus,
): ReportedEvent | undefined =>
  eventOfDeletion(integration, after) ?? eventOfRoute(integration, after) ?? eventOfDrills(integration, after)
