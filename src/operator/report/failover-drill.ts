import type { FailoverDrillStatus } from '../../api/failover-drill.ts'
import { wordingOf, type Reason } from '../../api/conditions.ts'
import { mergeConditions } from '../../lib/conditions.ts'
import { metaTime } from '../../lib/meta-time.ts'
import { advance } from '../../rules/drill/machine.ts'
import { firstLacking, type Check } from '../../rules/drill/preflight.ts'
import type { Run, RunSettings, Seen } from '../../rules/drill/run.ts'
import { drillChecks } from '../judge/drill-checks.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import { conditionOf } from './conditions/finding.ts'
import type { ReportedEvent } from './events.ts'
import { notServed } from './not-served.ts'
import { asSentence } from './status.ts'

/** What a drill by checks alone leaves open. */
const NOT_SHOWN = [
  'Nothing was made to fail, and no call was placed: neither detection nor the switch to the backup nor the return was tried.',
]

/**
 * A drill by checks alone runs in one cycle, or waits for what is not known yet. A drill in another mode, stored by an older version, never begins.
 * @returns undefined for one that has ended: its status is evidence
 */
export function reportFailoverDrill(
  world: FailoverDrillWorld,
  drill: FailoverDrillFacts,
): FailoverDrillStatus | undefined {
  if (drill.status?.verdict !== undefined) return undefined
  const { now } = world
  if (drill.mode !== 'DryRun') {
    const status = notServed('FailoverDrill', 'Succeeded', drill, now)
    return {
      ...status,
      state: 'Ended',
      verdict: 'Skipped',
      because: status.conditions[0]!.message,
      finishedAt: metaTime(now),
    }
  }
  const checks = checksOf(world, drill)
  const ended = advance(aRun(drill), SETTINGS, seenBy(world, drill, checks))
  return ended === undefined ? pending(world, drill, checks) : finished(world, drill, checks, ended)
}

/** Of a dry run there is nothing to set. */
const SETTINGS: RunSettings = {
  ...{ mode: 'DryRun', scenario: 'Blackhole', sharePercent: 0, holdSeconds: 0, testCalls: 0, zones: [] },
  limits: { detectMilliseconds: 0, switchMilliseconds: 0, returnSeconds: 0 },
  abort: { failedCallsPercent: 100, backupFailures: 0, unansweredPercent: 100 },
}

/** Nothing but its begin is persisted of a run that has not ended, and no leader is asked for more. */
const aRun = ({ createdAt }: FailoverDrillFacts): Run => ({
  ...{ state: 'Pending', term: 0, specDigest: '', routesDigest: '' },
  at: { Pending: createdAt },
})

function seenBy(
  { now, surroundings }: FailoverDrillWorld,
  { desiredState }: FailoverDrillFacts,
  checks: Check[],
): Seen {
  const { killSwitch } = surroundings
  return {
    ...{ now, term: 0, desired: desiredState, killSwitch, specDigest: '', routesDigest: '', checks },
    ...{ isRollingOut: false, lostZones: [], isIncident: false, lanes: [], calls: [] },
    real: { failedPercent: 0, unansweredPercent: 0 },
  }
}

function checksOf({ integration, surroundings }: FailoverDrillWorld, drill: FailoverDrillFacts): Check[] {
  if (integration !== undefined) return drillChecks(integration, surroundings, drill)
  const message = `Integration ${drill.integration} does not exist in this namespace: create it, and make a new FailoverDrill`
  return [{ name: 'IntegrationFound', result: 'Failed', reason: 'IntegrationNotFound', message }]
}

function pending({ now }: FailoverDrillWorld, drill: FailoverDrillFacts, checks: Check[]): FailoverDrillStatus {
  const because = asSentence(firstLacking(checks)!.message)
  return { ...base(drill, 'Unknown', 'ChecksPending', because, now), state: 'Pending', checks: shownChecks(checks) }
}

function finished(
  { now }: FailoverDrillWorld,
  drill: FailoverDrillFacts,
  checks: Check[],
  { end }: Run,
): FailoverDrillStatus {
  const { verdict, reason } = end!
  const lacking = firstLacking(checks)
  const passed = checks.filter(({ result }) => result === 'Passed').length
  const because = asSentence(
    {
      DrillPassed: wordingOf('ChecksPassed', { passed }),
      KillSwitch: wordingOf('KillSwitch'),
      AbortedByPerson: wordingOf('AbortedByPerson'),
    }[reason as 'DrillPassed'] ??
      lacking?.message ??
      reason,
  )
  const given =
    reason === 'DrillPassed' ? 'ChecksPassed' : (reason as 'ChecksFailed' | 'KillSwitch' | 'AbortedByPerson')
  return {
    ...base(drill, verdict === 'Passed' ? 'True' : 'False', given, because, now),
    ...{ state: 'Ended', verdict, because, finishedAt: metaTime(now) },
    ...(verdict !== 'Skipped' && { startedAt: metaTime(Math.min(drill.createdAt, now)) }),
    checks: shownChecks(checks),
    deficiencies: checks.filter(({ result }) => result !== 'Passed').map(({ message }) => message.slice(0, 300)),
    notShown: NOT_SHOWN,
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

/** One event when it has ended. */
export function eventOfDrill(
  { status: before }: FailoverDrillFacts,
  status: FailoverDrillStatus,
): ReportedEvent | undefined {
  const { verdict, because } = status
  if (verdict === undefined || before?.verdict !== undefined) return undefined
  const reason = conditionOf({ status }, 'Succeeded')?.reason ?? 'ChecksFailed'
  return { type: verdict === 'Passed' ? 'Normal' : 'Warning', reason, note: `${verdict}: ${because ?? ''}` }
}
