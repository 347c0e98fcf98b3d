import type { IntegrationStatus } from '../../api/integration.ts'
import { wordingOf, type ConditionType, type Reason } from '../../api/conditions.ts'
import { mergeConditions } from '../../lib/conditions.ts'
import type { IntegrationFacts, IntegrationOutcome, IntegrationWorld } from '../integration-world.ts'
import { asSentence } from './callbot.ts'
import type { ReportedEvent } from './events.ts'
import { not, type Judgement } from './conditions/callbot.ts'
import { judgeBackup, judgeReferences, judgeRoute, summariseIntegration, type Side } from './conditions/integration.ts'
import { routeText, showRoute, type ShownRoute } from './route-status.ts'

/** What `kubectl get integrations` shows: which way is in use, and whether another would answer. */
export function reportIntegration(
  world: IntegrationWorld,
  integration: IntegrationFacts,
  outcome: IntegrationOutcome,
): IntegrationStatus {
  const { status: before } = integration
  const sip = integration.trunks && shownSide(world.sip, before?.sip)
  const http = integration.endpoints.length > 0 ? shownSide(world.http, before?.http) : undefined
  return {
    ...drills(before),
    observedGeneration: integration.generation,
    conditions: mergeConditions(before?.conditions ?? [], findings(world, integration, outcome, { sip, http }), {
      generation: integration.generation,
      now: world.now,
    }),
    ...(sip && { sip, sipRoute: routeText(sip) }),
    ...(http && { http, httpRoute: routeText(http) }),
    usedBy: world.usedBy,
    ...(outcome.trunksEpoch !== undefined && { trunksEpoch: outcome.trunksEpoch }),
  }
}

/** While not all observers were asked, what was found before holds: a starting operator's count of them is no news. */
const shownSide = (seen: IntegrationWorld['sip'], before: ShownRoute | undefined): ShownRoute =>
  seen === undefined ? (before ?? { role: 'Unknown' }) : showRoute(seen, before)

/** What is not about routes stays as it is. */
function drills(before: IntegrationStatus | undefined): Partial<IntegrationStatus> {
  const { lastDrill, nextDrill, lastScheduledSlot, missedSlots } = before ?? {}
  return {
    ...(lastDrill !== undefined && { lastDrill }),
    ...(nextDrill !== undefined && { nextDrill }),
    ...(lastScheduledSlot !== undefined && { lastScheduledSlot }),
    ...(missedSlots !== undefined && { missedSlots }),
  }
}

type Shown = Record<'sip' | 'http', ShownRoute | undefined>

function findings(
  world: IntegrationWorld,
  integration: IntegrationFacts,
  { failure }: IntegrationOutcome,
  shown: Shown,
): Judgement[] {
  const judgements = judge(world, integration, shown)
  const [references, route, backup] = judgements
  let ready = summariseIntegration(references, route, backup)
  if (failure !== undefined) {
    const message = wordingOf('ApplyFailed', { what: failure.what, because: failure.message })
    ready = not('Ready', failure.final ? 'SpecInvalid' : 'ApplyFailed', message)
  }
  const { status, reason, message } = ready
  const type = reason === 'SpecInvalid' ? 'Stalled' : 'Reconciling'
  const abnormal: Judgement[] = status === 'True' ? [] : [{ type, status: 'True', reason, message }]
  return [ready, ...judgements, ...abnormal].map((each) => ({ ...each, message: asSentence(each.message) }))
}

function judge(
  world: IntegrationWorld,
  integration: IntegrationFacts,
  shown: Shown,
): [Judgement, Judgement, Judgement] {
  const earlier = (['ReferencesResolved', 'RouteAvailable', 'BackupAvailable'] as const).map((type) =>
    held(integration, type),
  )
  const isSettled = (shown.sip === undefined || world.sip !== undefined) && (!shown.http || world.http !== undefined)
  if (!isSettled && earlier.every((each) => each !== undefined)) return earlier as [Judgement, Judgement, Judgement]
  const sides: Side[] = [
    ...(shown.sip ? [sideOf('SIP', world.sip, integration.trunks!.trunks, shown.sip)] : []),
    ...(shown.http ? [sideOf('HTTP', world.http, integration.endpoints, shown.http)] : []),
  ]
  return [judgeReferences(sides), judgeRoute(sides), judgeBackup(sides)]
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

function held({ status }: IntegrationFacts, type: ConditionType): Judgement | undefined {
  const found = status?.conditions?.find((condition) => condition.type === type)
  return found && { type, status: found.status, reason: found.reason as Reason, message: found.message }
}

/**
 * One event for each change of the way or of what a person should look at, and none while it stays. That everything answers for
 * the first time is what everyone expects.
 */
export function eventOfRoute(
  { status: before }: Pick<IntegrationFacts, 'status'>,
  after: IntegrationStatus,
): ReportedEvent | undefined {
  const [was, is] = [before, after].map((status) => status?.conditions?.find(({ type }) => type === 'Ready'))
  if (is === undefined || is.reason === 'RouteUnknown') return undefined
  const isSame =
    was?.reason === is.reason && before?.sipRoute === after.sipRoute && before?.httpRoute === after.httpRoute
  const isFirst = was === undefined || was.reason === 'RouteUnknown'
  if (isSame || (isFirst && is.reason === 'RouteAnswers')) return undefined
  return { type: is.reason === 'RouteAnswers' ? 'Normal' : 'Warning', reason: is.reason, note: is.message }
}
