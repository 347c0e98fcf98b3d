import { wordingOf, type ConditionType } from '../../api/conditions.ts'
import type { FailoverDrillStatus } from '../../api/failover-drill.ts'
import type { RetentionPolicyStatus } from '../../api/retention-policy.ts'
import { mergeConditions } from '../../lib/conditions.ts'
import { NOT_ACTED_ON, type NotServedFacts, type NotServedKind } from '../not-served-world.ts'
import { asSentence } from './callbot.ts'

/** A policy in whose place nothing is done: that nothing is kept is so, and all that is so. `now` in epoch milliseconds. */
export const reportPolicy = (facts: NotServedFacts<RetentionPolicyStatus>, now: number): RetentionPolicyStatus => ({
  ...notServed('Ready', facts, 'RetentionPolicy', now),
  mode: 'Nothing',
})

/**
 * A run that never begins, in a later version neither: who made it has long gone home.
 * @returns undefined for one that ended under a version that served it: its status is evidence
 */
export function reportDrill(facts: NotServedFacts<FailoverDrillStatus>, now: number): FailoverDrillStatus | undefined {
  const { verdict } = facts.status ?? {}
  if (verdict !== undefined && verdict !== 'Skipped') return undefined
  const status = notServed('Succeeded', facts, 'FailoverDrill', now)
  return { ...status, state: 'Ended', verdict: 'Skipped', because: status.conditions[0]!.message }
}

function notServed(
  summary: ConditionType,
  { generation, status }: NotServedFacts<RetentionPolicyStatus | FailoverDrillStatus>,
  kind: NotServedKind,
  now: number,
) {
  const message = asSentence(wordingOf('NotServed', { what: NOT_ACTED_ON[kind] }))
  const findings = [
    { type: summary, status: 'False' as const, reason: 'NotServed', message },
    { type: 'Stalled', status: 'True' as const, reason: 'NotServed', message },
  ]
  return {
    observedGeneration: generation,
    conditions: mergeConditions(status?.conditions ?? [], findings, { generation, now }),
  }
}
