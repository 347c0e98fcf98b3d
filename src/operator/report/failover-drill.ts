import type { FailoverDrillStatus } from '../../api/failover-drill.ts'
import { wordingOf, type Reason } from '../../api/conditions.ts'
import { mergeConditions } from '../../lib/conditions.ts'
import { metaTime } from '../../lib/meta-time.ts'
import { MOST_LEASES } from '../../rules/drill/lease-line.ts'
import { firstLacking, type Check } from '../../rules/drill/preflight.ts'
import type { Run } from '../../rules/drill/run.ts'
import { leaseOf } from '../judge/drill-lease.ts'
import type { FailoverDrillOutcome } from '../steps/failover-drill.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import { conditionOf } from './conditions/finding.ts'
import { endOf, notShownBy, progressOf } from './drill-run.ts'
import type { ReportedEvent } from './events.ts'
import { asSentence } from './status.ts'

/**
 * The state that was decided on, with all that is known of the drill.
 * @returns undefined: it stays as it is. The status of a drill that has ended is evidence, to which only the record is added
 */
export function reportFailoverDrill(
  world: FailoverDrillWorld,
  drill: FailoverDrillFacts,
  { evidence, decision }: FailoverDrillOutcome,
): FailoverDrillStatus | undefined {
  if (drill.status?.verdict !== undefined) return evidence && { ...drill.status, evidence }
  // It is another drill by now: the next cycle decides on that one.
  if (decision?.resourceVersion !== drill.resourceVersion) return undefined
  const { run, checks } = decision
  return run.end === undefined ? unfinished(world, drill, checks, run) : finished(world, drill, checks, run)
}

function unfinished(
  world: FailoverDrillWorld,
  drill: FailoverDrillFacts,
  checks: readonly Check[],
  run: Run,
): FailoverDrillStatus {
  const { now } = world
  const { state } = run
  if (state === 'Pending') {
    const [reason, because] = pendingBecause(world, drill, checks)
    return { ...base(drill, 'Unknown', reason, asSentence(because), now), state, checks: shownChecks(checks) }
  }
  return {
    ...base(drill, 'Unknown', 'DrillRuns', asSentence(wordingOf('DrillRuns', { state })), now),
    startedAt: drill.status?.startedAt ?? metaTime(now),
    // Those before the start: what came of them stays to be read.
    checks: drill.status?.state === 'Pending' ? shownChecks(checks) : (drill.status?.checks ?? shownChecks(checks)),
    ...progressOf(world, drill, run),
  }
}

function pendingBecause(
  world: FailoverDrillWorld,
  drill: FailoverDrillFacts,
  checks: readonly Check[],
): ['ChecksPending' | 'WaitingForLease', string] {
  const lacking = firstLacking(checks)
  const lease = leaseOf(world, drill)
  if (lacking !== undefined || lease.kind !== 'Waits') return ['ChecksPending', lacking?.message ?? '']
  return ['WaitingForLease', wordingOf('WaitingForLease', { most: MOST_LEASES, because: lease.because })]
}

function finished(
  world: FailoverDrillWorld,
  drill: FailoverDrillFacts,
  checks: readonly Check[],
  run: Run,
): FailoverDrillStatus {
  const { now, remembered } = world
  const { verdict } = run.end!
  const { reason, message } = endOf(world, drill, checks, run)
  const because = asSentence(message)
  const hasBegun = drill.status?.startedAt !== undefined
  const shown = hasBegun ? drill.status!.checks : shownChecks(checks)
  const startedAt = drill.status?.startedAt ?? metaTime(Math.min(drill.createdAt, now))
  const lacking = checks.filter(({ result }) => result !== 'Passed').map((check) => check.message)
  return {
    ...base(drill, verdict === 'Passed' ? 'True' : 'False', reason, because, now),
    ...{ verdict, because, finishedAt: metaTime(now), checks: shown },
    ...(verdict !== 'Skipped' && { startedAt }),
    deficiencies: (hasBegun ? (remembered?.problems ?? []) : lacking).map((text) => text.slice(0, 300)),
    notShown: notShownBy(world, drill),
    ...(drill.mode === 'DryRun' ? { state: 'Ended' } : progressOf(world, drill, run)),
  }
}

function base(
  { generation, status }: FailoverDrillFacts,
  succeeded: 'True' | 'False' | 'Unknown',
  reason: Reason,
  message: string,
  now: number,
) {
  const findings = [
    { type: 'Succeeded', status: succeeded, reason, message },
    { type: 'Reconciling', status: succeeded === 'Unknown' ? ('True' as const) : ('False' as const), reason, message },
  ]
  return {
    observedGeneration: generation,
    conditions: mergeConditions(status?.conditions ?? [], findings, { generation, now }),
  }
}

const shownChecks = (checks: readonly Check[]) =>
  checks.map(({ name, result, reason, message }) => ({
    name,
    result,
    reason,
    message: asSentence(message).slice(0, 1000),
  }))

/** One event when the fault begins, and one when the drill has ended. */
export function eventOfDrill(
  { status: before }: FailoverDrillFacts,
  status: FailoverDrillStatus,
): ReportedEvent | undefined {
  const { verdict, because, state } = status
  if (verdict === undefined) {
    if (state !== 'Injected' || before?.state === 'Injected') return undefined
    return { type: 'Normal', reason: 'DrillRuns', note: wordingOf('DrillRuns', { state }) }
  }
  if (before?.verdict !== undefined) return undefined
  const reason = conditionOf({ status }, 'Succeeded')?.reason ?? 'ChecksFailed'
  return { type: verdict === 'Passed' ? 'Normal' : 'Warning', reason, note: `${verdict}: ${because ?? ''}` }
}
