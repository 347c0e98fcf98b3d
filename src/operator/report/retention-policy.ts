import type { RetentionPolicyStatus } from '../../api/retention-policy.ts'
import type { RetentionPolicyFacts, RetentionPolicyWorld } from '../world/retention-policy.ts'
import { notServed } from './not-served.ts'

/** A policy in whose place nothing is done: that nothing is kept is so, and all that is so. */
export const reportRetentionPolicy = (
  { now }: RetentionPolicyWorld,
  policy: RetentionPolicyFacts,
): RetentionPolicyStatus => ({ ...notServed('RetentionPolicy', 'Ready', policy, now), mode: 'Nothing' })
