import { type ConditionType, type Reason, wordingOf } from '../../../api/conditions.ts'
import type { Condition } from '../../../lib/conditions.ts'
import type { Failure } from '../../steps/plan.ts'
import { asSentence } from '../status.ts'

/** What a condition says of one side of an object, in the words of `api/`. */
export interface Finding {
  type: ConditionType
  status: 'True' | 'False' | 'Unknown'
  reason: Reason
  message: string
}

/** @param fact what is true, such as "3 of 3 pods take calls" */
export const fine = (type: ConditionType, fact: string): Finding => ({
  type,
  status: 'True',
  reason: 'AsSpecified',
  message: wordingOf('AsSpecified', { fact }),
})

export const not = (type: ConditionType, reason: Reason, message: string): Finding => ({
  type,
  status: 'False',
  reason,
  message,
})

interface Described {
  status: { conditions?: Condition[] | undefined } | undefined
}

export const conditionOf = ({ status }: Described, type: ConditionType): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type)

/** What was found before holds until somebody knows better: an operator that has just started does not. */
export function earlier(object: Described, type: ConditionType): Finding | undefined {
  const found = conditionOf(object, type)
  return found && { type, status: found.status, reason: found.reason as Reason, message: found.message }
}

/** The summary when the API server did not take a step. */
export function applyFailed({ what, message, final }: Failure): Finding {
  return not('Ready', final ? 'SpecInvalid' : 'ApplyFailed', wordingOf('ApplyFailed', { what, because: message }))
}

/** The operator can't go on before somebody changes something. */
const NEEDS_A_PERSON: ReadonlySet<Reason> = new Set([
  'SpecInvalid',
  'NumberTaken',
  'NumberReserved',
  'DialogInvalid',
  'TestsFailed',
  'StoreNotInstalled',
  'KeysMissing',
  'FuseBlown',
])

/** All conditions as sentences: the summary, what explains it, and whether the operator goes on or waits for a person. */
export function withSummary(ready: Finding, findings: readonly Finding[]): Finding[] {
  const { status, reason, message } = ready
  const type = NEEDS_A_PERSON.has(reason) ? 'Stalled' : 'Reconciling'
  const abnormal: Finding[] = status === 'True' ? [] : [{ type, status: 'True', reason, message }]
  return [ready, ...findings, ...abnormal].map((each) => ({ ...each, message: asSentence(each.message) }))
}
