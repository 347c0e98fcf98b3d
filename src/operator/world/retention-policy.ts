import type { RetentionPolicyStatus } from '../../api/retention-policy.ts'
import type { CallPolicy } from '../../rules/policy-order.ts'
import type { ObjectFacts } from './object.ts'

export interface RetentionPolicyFacts extends ObjectFacts<RetentionPolicyStatus> {
  /** What calls go by: names of the fields that may be collected, and whether anything of a call is kept. */
  calls: CallPolicy
}

/** Everything that a decision on one RetentionPolicy rests upon, read once. */
export interface RetentionPolicyWorld {
  /** Epoch milliseconds: the one clock reading of the cycle. */
  now: number
  /** Absent when it is gone. */
  policy: RetentionPolicyFacts | undefined
}
