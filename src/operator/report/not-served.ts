import { wordingOf, type ConditionType } from '../../api/conditions.ts'
import { mergeConditions } from '../../lib/conditions.ts'
import type { ObjectFacts } from '../world/object.ts'
import { asSentence } from './status.ts'

/** The kinds that are accepted and on which nothing acts yet: what the status and the warning at `kubectl apply` say of them, and what to do. */
export const NOT_ACTED_ON = {
  FailoverDrill:
    'a FailoverDrill whose mode is not DryRun: nothing is made to fail, and no backup is proved. Delete it, and test the backup manually as the runbook describes',
} as const

export type NotServedKind = keyof typeof NOT_ACTED_ON

/** @param now epoch milliseconds */
export function notServed(
  kind: NotServedKind,
  summary: ConditionType,
  { generation, status }: ObjectFacts<{ conditions?: Parameters<typeof mergeConditions>[0] }>,
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
