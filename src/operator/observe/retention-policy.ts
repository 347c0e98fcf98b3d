import type { RetentionPolicyWorld } from '../world/retention-policy.ts'
import type { ObserveSources } from './sources.ts'

/** Gathers all that a decision on one RetentionPolicy rests upon. Reads memory only: it can't fail and it can't wait. */
export const observeRetentionPolicy = (
  { caches }: ObserveSources,
  namespace: string,
  name: string,
  now: number,
): RetentionPolicyWorld => ({ now, policy: caches.retentionPolicies.get(namespace, name) })
