import type { IntegrationStatus } from '../../api/integration.ts'
import { wordingOf } from '../../api/conditions.ts'
import { metaTime } from '../../lib/meta-time.ts'
import { recordPrefix } from '../../rules/drill/record.ts'
import { firstLacking } from '../../rules/drill/preflight.ts'
import { showSlot } from '../../rules/drill/schedule.ts'
import { isOverdue, type SlotDecision } from '../../rules/drill/slots.ts'
import { hasEnded } from '../../rules/drill/stage.ts'
import { drillChecks } from '../judge/drill-checks.ts'
import { scheduledOf, type Scheduled } from '../judge/drill-slots.ts'
import type { IntegrationOutcome } from '../steps/integration.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { IntegrationFacts, IntegrationWorld } from '../world/integration.ts'
import { conditionOf, fine, not, type Finding } from './conditions/finding.ts'
import type { ReportedEvent } from './events.ts'
import { reportNotedDrill } from './noted-drill.ts'
import { asSentence } from './status.ts'

type DrillStatus = Partial<
  Pick<
    IntegrationStatus,
    | 'lastDrill'
    | 'lastPassedDrill'
    | 'nextDrill'
    | 'drillSchedule'
    | 'drillsStarted'
    | 'dueSlot'
    | 'lastScheduledSlot'
    | 'lastSkippedSlot'
    | 'missedSlots'
    | 'evidence'
    | 'runningDrill'
    | 'deletedDrill'
  >
>

export interface DrillReport {
  status: DrillStatus
  findings: Finding[]
}

/** What the status of an Integration says of its drills. Without a schedule only the newest drill is left of it. */
export function reportDrills(
  world: IntegrationWorld,
  integration: IntegrationFacts,
  outcome: Pick<IntegrationOutcome, 'deletedDrill'>,
): DrillReport {
  const noted = reportNotedDrill(world, integration, outcome)
  const history = { ...historyOf(world, integration, noted.deletedDrill), ...noted }
  const scheduled = scheduledOf(world)
  if (scheduled === undefined) return { status: history, findings: [] }
  if ('problem' in scheduled) {
    const problem = not('DrillReady', 'ScheduleInvalid', wordingOf('ScheduleInvalid', { because: scheduled.problem }))
    return { status: { ...history, nextDrill: 'schedule invalid' }, findings: sentences([problem]) }
  }
  const status = { ...history, ...slotsOf(integration, scheduled, history) }
  return {
    status,
    findings: sentences([drillReady(world, integration), drillOnTime(world, integration, scheduled, status)]),
  }
}

const sentences = (findings: Finding[]): Finding[] =>
  findings.map((each) => ({ ...each, message: asSentence(each.message) }))

/** The newest finished drill, and the newest of the schedule that passed. They stay when their objects are gone. */
function historyOf(
  { surroundings }: IntegrationWorld,
  integration: IntegrationFacts,
  deleted: IntegrationStatus['deletedDrill'],
): DrillStatus {
  const { uid, status: before, drill: declared } = integration
  const finished = surroundings.drills
    .filter((drill) => hasEnded(drill) && drill.status?.finishedAt !== undefined)
    .sort((a, b) => endOf(b) - endOf(a) || recordOf(b) - recordOf(a))
  const isPassed = ({ ownerUid, status, mode }: FailoverDrillFacts) =>
    ownerUid === uid && status!.verdict === 'Passed' && mode === declared?.mode
  const others = [deleted && shownDeleted(deleted), before?.lastDrill]
  const last = finished[0] && shown(finished[0])
  const isRecordedBefore = last !== undefined && recordOf(finished[0]!) < (before?.evidence?.records ?? 0)
  const lastDrill = isRecordedBefore ? newest(...others, last) : newest(last, ...others)
  const passed = [finished.find(isPassed)?.status?.finishedAt, before?.lastPassedDrill].filter(
    (each) => each !== undefined,
  )
  const lastPassedDrill = passed.sort().at(-1)
  return {
    ...(lastDrill && { lastDrill }),
    ...(lastPassedDrill !== undefined && { lastPassedDrill }),
    ...evidenceOf(integration, surroundings.drills),
  }
}

const endOf = ({ status }: FailoverDrillFacts): number => Date.parse(status!.finishedAt!)

/** Times have whole seconds, and a drill by checks alone takes less: of two of the same second the number of the record decides. */
const recordOf = ({ status }: FailoverDrillFacts): number => status!.evidence?.sequence ?? Number.MAX_SAFE_INTEGER

/** How many records there are, and the digest of the newest: what was written once never goes back. */
function evidenceOf(
  { name, uid, status: before }: IntegrationFacts,
  drills: readonly FailoverDrillFacts[],
): Pick<DrillStatus, 'evidence'> {
  const prefix = recordPrefix({ name, uid })
  const written = drills.flatMap(({ status }) =>
    status?.evidence?.configMap.startsWith(prefix) ? status.evidence : [],
  )
  const newest = written.toSorted((a, b) => b.sequence - a.sequence)[0]
  const known = before?.evidence
  if (newest === undefined || newest.sequence <= (known?.records ?? 0)) return known ? { evidence: known } : {}
  return { evidence: { records: newest.sequence, headDigest: newest.digest } }
}

type LastDrill = NonNullable<IntegrationStatus['lastDrill']>

const shown = ({ name, mode, status }: FailoverDrillFacts): LastDrill => ({
  name,
  verdict: mode === 'DryRun' ? `${status!.verdict!}/DryRun` : status!.verdict!,
  finishedAt: status!.finishedAt!,
})

const shownDeleted = ({ name, verdict, noticedAt }: NonNullable<IntegrationStatus['deletedDrill']>): LastDrill => ({
  ...{ name, verdict, finishedAt: noticedAt },
})

/** Of two of the same second the former. */
const newest = (...drills: (LastDrill | undefined)[]): LastDrill | undefined =>
  drills
    .filter((each) => each !== undefined)
    .sort((one, other) => Date.parse(other.finishedAt) - Date.parse(one.finishedAt))[0]

type Kept = Exclude<Scheduled, { problem: string }>

function slotsOf(
  { status: before, drill }: IntegrationFacts,
  { schedule, since, digest, decision }: Kept,
  history: DrillStatus,
): DrillStatus {
  const { decidedUntil, due, nextStart } = decision
  const skipped = decision.decided.filter(({ outcome }) => outcome !== 'Started').at(-1)
  const started = decision.decided.filter(({ outcome }) => outcome === 'Started').length
  const hasPassed = history.lastPassedDrill !== before?.lastPassedDrill
  const next = drill!.suspend
    ? 'suspended'
    : nextStart === undefined
      ? 'not within 100 slots'
      : showSlot(nextStart, schedule)
  return {
    drillSchedule: { digest, since: metaTime(since) },
    nextDrill: next,
    drillsStarted: (before?.drillsStarted ?? 0) + started,
    missedSlots: (hasPassed ? 0 : (before?.missedSlots ?? 0)) + decision.missed,
    ...(due !== undefined && { dueSlot: metaTime(due) }),
    ...(decidedUntil !== undefined && { lastScheduledSlot: metaTime(decidedUntil) }),
    ...lastSkipped(before, decision, skipped, schedule),
  }
}

function lastSkipped(
  before: IntegrationStatus | undefined,
  { decided, hasMore }: SlotDecision,
  skipped: SlotDecision['decided'][number] | undefined,
  schedule: Kept['schedule'],
): DrillStatus {
  if (skipped === undefined)
    return before?.lastSkippedSlot === undefined ? {} : { lastSkippedSlot: before.lastSkippedSlot }
  const named = decided.filter(({ outcome }) => outcome !== 'Started').length
  const count = hasMore || named > 1 ? `, one of ${named}${hasMore ? ' or more' : ''} skipped or missed` : ''
  return { lastSkippedSlot: `${showSlot(skipped.slot, schedule)} ${skipped.outcome}: ${skipped.because}${count}` }
}

/** Whether a drill could run now: each kind of the rotation, or the first that could not. */
function drillReady({ surroundings }: IntegrationWorld, integration: IntegrationFacts): Finding {
  const { rotation, mode } = integration.drill!
  const lacking = rotation
    .map((kind) => firstLacking(drillChecks(integration, surroundings, { ...kind, mode })))
    .filter((each) => each !== undefined)
  const worst = lacking.find(({ result }) => result === 'Failed') ?? lacking[0]
  if (worst === undefined)
    return { ...fine('DrillReady', ''), reason: 'DrillPossible', message: wordingOf('DrillPossible') }
  const { result, reason, message } = worst
  return { type: 'DrillReady', status: result === 'Failed' ? 'False' : 'Unknown', reason, message }
}

function drillOnTime(
  { now }: IntegrationWorld,
  { drill }: IntegrationFacts,
  { since, schedule }: Kept,
  status: DrillStatus,
): Finding {
  const lastPassed = status.lastPassedDrill === undefined ? undefined : Date.parse(status.lastPassedDrill)
  const { overdueAfterSeconds } = drill!
  if (!isOverdue({ now, since, lastPassed, overdueAfterSeconds })) {
    return { ...fine('DrillOnTime', ''), reason: 'DrillRecent', message: wordingOf('DrillRecent') }
  }
  const last = lastPassed === undefined ? 'never' : showSlot(lastPassed, schedule)
  const because = drill!.suspend ? 'drills are suspended' : (status.lastSkippedSlot ?? 'see the newest FailoverDrill')
  return not('DrillOnTime', 'DrillOverdue', wordingOf('DrillOverdue', { last, because }))
}

/** An overdue drill, and a slot that was skipped or missed, are events. */
export function eventOfDrills(
  { status: before }: Pick<IntegrationFacts, 'status'>,
  after: IntegrationStatus,
): ReportedEvent | undefined {
  const onTime = (status: IntegrationStatus | undefined) => conditionOf({ status }, 'DrillOnTime')
  const is = onTime(after)
  if (is?.status === 'False' && onTime(before)?.status !== 'False')
    return { type: 'Warning', reason: is.reason, note: is.message }
  if (after.lastSkippedSlot === undefined || after.lastSkippedSlot === before?.lastSkippedSlot) return undefined
  return { type: 'Warning', reason: 'DrillSkipped', note: wordingOf('DrillSkipped', { slot: after.lastSkippedSlot }) }
}
