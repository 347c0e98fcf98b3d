/** What is kept of RetentionPolicies, and of what writes the records of a namespace. */
import type { RetentionPolicySpec, RetentionPolicyStatus } from '../../api/retention-policy.ts'
import type { Cached } from '../../kube/informer.ts'
import { share } from '../../kube/intern.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { targetOf } from '../../rules/delivery/targets.ts'
import { callPolicyOf } from '../../rules/policy-order.ts'
import { lifeOf } from '../../rules/retention/life.ts'
import { readRootKeys } from '../../rules/root-turn.ts'
import { CERTIFICATE, readCertificate, ROOT_KEYS } from '../render/records.ts'
import type { RecordsSetFacts, RetentionPolicyFacts } from '../world/retention-policy.ts'
import { identity, projectChild, type CachedChild } from './child-projection.ts'

export type CachedPolicy = Cached & RetentionPolicyFacts
export type CachedRecords = CachedChild & RecordsSetFacts

/** An object of an older version may lack what has a default now. */
const keptBy = ({
  rules = [],
  mode = 'Enforce',
  maxDeletionsPerRun = 100_000,
  legalHolds = [],
}: Partial<RetentionPolicySpec>) => ({
  lives: rules.map((rule) => ({ class: rule.class, seconds: lifeOf({ rules }, rule.class) })),
  ...{ mode, maxDeletionsPerRun, legalHolds },
})

export function projectRecords(raw: Raw): CachedRecords {
  const annotations = raw.metadata.annotations ?? {}
  return {
    ...projectChild(raw),
    rootKeys: share(readRootKeys(annotations[ROOT_KEYS])),
    certificate: share(readCertificate(annotations[CERTIFICATE])),
  }
}

export function projectPolicy(raw: Raw): CachedPolicy {
  return {
    ...identity(raw),
    calls: share(callPolicyOf(raw.spec as Partial<RetentionPolicySpec>, raw.metadata.name)),
    kept: share(keptBy(raw.spec as Partial<RetentionPolicySpec>)),
    delivery: share(targetOf(raw.spec as Partial<RetentionPolicySpec>, raw.metadata.name)),
    createdAt: Date.parse(raw.metadata.creationTimestamp ?? '') || 0,
    generation: raw.metadata.generation ?? 0,
    status: raw.status as RetentionPolicyStatus | undefined,
  }
}
