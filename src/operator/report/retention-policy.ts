import { wordingOf } from '../../api/conditions.ts'
import type { RetentionPolicyStatus } from '../../api/retention-policy.ts'
import { mergeConditions } from '../../lib/conditions.ts'
import { defined } from '../../lib/defined.ts'
import { metaTime } from '../../lib/meta-time.ts'
import type { SweptPolicy } from '../../rules/sweep-state.ts'
import type { RetentionPolicyOutcome } from '../steps/retention-policy.ts'
import {
  keepsData,
  needsRecords,
  type RetentionPolicyFacts,
  type RetentionPolicyWorld,
} from '../world/retention-policy.ts'
import { applyFailed, conditionOf, earlier, fine, not, withSummary, type Finding } from './conditions/finding.ts'
import { delivered, purgeOnTime, storeReachable, summariseRetention } from './conditions/retention.ts'
import { quotaExceeded } from './conditions/share.ts'
import type { ReportedEvent } from './events.ts'

/** What `kubectl get retentionpolicies` shows: what is kept, and whether it is erased in time. */
export function reportRetentionPolicy(
  world: RetentionPolicyWorld,
  policy: RetentionPolicyFacts,
  outcome: RetentionPolicyOutcome,
): RetentionPolicyStatus {
  const { generation, status: before } = policy
  const findings = findingsOf(world, policy, outcome)
  return {
    observedGeneration: generation,
    conditions: mergeConditions(before?.conditions ?? [], findings, { generation, now: world.now }),
    ...figuresOf(world, policy),
    usedBy: world.usedBy,
  }
}

const sweptOf = ({ sweep }: RetentionPolicyWorld): SweptPolicy | undefined =>
  typeof sweep === 'string' ? undefined : sweep.policy

/** What is stored may have been under rules that the policy no longer has. */
const isStored = (swept: SweptPolicy | undefined) => swept?.oldest !== undefined

function findingsOf(
  world: RetentionPolicyWorld,
  policy: RetentionPolicyFacts,
  outcome: RetentionPolicyOutcome,
): Finding[] {
  if (world.beyond !== undefined) return withSummary(quotaExceeded('Ready', policy.namespace, world.beyond), [])
  const [failure] = outcome.failures
  if (failure !== undefined) return withSummary(applyFailed(failure), [])
  if (world.settings.database === undefined && needsRecords(policy)) {
    return withSummary(not('Ready', 'StoreNotInstalled', wordingOf('StoreNotInstalled')), [])
  }
  const hasNone = world.settings.database === undefined || !isStored(sweptOf(world))
  if (!needsRecords(policy) && hasNone) return withSummary(fine('Ready', 'nothing of a call is kept'), [])
  const delivers = policy.delivery === undefined ? [] : [delivered(world)]
  const found = [storeReachable(world, outcome), purgeOnTime(world), ...delivers]
  const ready = summariseRetention(world, found)
  if (world.sweep !== 'Unasked') return withSummary(ready, found)
  // What was found before holds until sweep was asked: a starting operator knows nothing.
  const isKnown = conditionOf(policy, 'Ready')?.observedGeneration === policy.generation
  const known = [ready, ...found].map((each) => (isKnown && earlier(policy, each.type)) || each)
  return withSummary(known[0]!, known.slice(1))
}

/** While sweep does not answer, what it said last stays. */
function figuresOf(
  world: RetentionPolicyWorld,
  policy: RetentionPolicyFacts,
): Omit<RetentionPolicyStatus, 'conditions'> {
  const { status: before } = policy
  if (world.settings.database === undefined || world.beyond !== undefined) return { mode: 'Nothing' }
  const swept = sweptOf(world)
  const { oldest, nextPurge, violations, stored, held, lastPurge } = before ?? {}
  const mode = modeOf(policy, swept)
  if (swept === undefined) return defined({ mode, oldest, nextPurge, violations, stored, held, lastPurge })
  return defined({
    mode,
    oldest: swept.oldest === undefined ? undefined : metaTime(swept.oldest),
    nextPurge: swept.next === undefined ? 'none' : metaTime(swept.next),
    violations: swept.audited + swept.fused,
    stored: swept.stored,
    held: swept.held,
    lastPurge: swept.purge ? { finishedAt: metaTime(swept.purge.at), erased: swept.purge.erased } : lastPurge,
  })
}

function modeOf(policy: RetentionPolicyFacts, swept: SweptPolicy | undefined): RetentionPolicyStatus['mode'] {
  if (!keepsData(policy) && !isStored(swept)) return 'Nothing'
  if (policy.kept.mode === 'Audit') return 'Audit'
  return (swept?.held ?? 0) > 0 ? 'Held' : 'Timed'
}

/** One event for each change of the summary, and none while it stays or begins. */
export function eventOfRetention(
  policy: RetentionPolicyFacts,
  status: RetentionPolicyStatus,
): ReportedEvent | undefined {
  const [before, after] = [conditionOf(policy, 'Ready'), conditionOf({ status }, 'Ready')]
  const isBeginning = (reason: string | undefined) => reason === undefined || reason === 'Progressing'
  if (after === undefined || isBeginning(after.reason) || before?.reason === after.reason) return undefined
  if (isBeginning(before?.reason) && after.status === 'True') return undefined
  return { type: after.status === 'True' ? 'Normal' : 'Warning', reason: after.reason, note: after.message }
}
