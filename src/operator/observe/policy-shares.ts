import { admit, sharesOf, type Beyond, type ShareSettings } from '../../rules/shares.ts'
import type { RetentionPolicyFacts, SweepFacts } from '../world/retention-policy.ts'

const RESOURCE = 'retentionPolicies'

type Policy = Pick<RetentionPolicyFacts, 'namespace' | 'name' | 'uid' | 'createdAt'>

export interface PolicyShares {
  /** Why a RetentionPolicy is more than its namespace may have. Undefined: it is in force. */
  beyond(policy: Policy): Beyond | undefined
  /** Those that are in force. @param all policies of the namespace */
  inForce<P extends Policy>(namespace: string, all: readonly P[]): readonly P[]
}

/** All are in force. */
export const ALL_IN_FORCE: PolicyShares = { beyond: () => undefined, inForce: (_, all) => all }

interface PolicySharesOptions {
  policies: {
    get(namespace: string, name: string): Policy | undefined
    byIndex(index: 'namespace', namespace: string): readonly Policy[]
  }
  shares: ShareSettings
  /** Names of the policies of a namespace that `sweep` and `store` have received. */
  publishedOf(namespace: string): ReadonlySet<string>
  /** Whether records are stored under the policy, as far as is known. */
  isStored(namespace: string, name: string): boolean
  /** A policy has a place that is not published yet. */
  onGiven(): void
}

/**
 * A policy that is published keeps its place, and so does one under which records are stored, such as one that was deleted and created again: if it
 * were refused, its legal holds would hold nothing. Then come new ones, the oldest first. While the share is used up, no other policy is looked at.
 * The place of a policy that is deleted is free once it is published no more: until then it can be created again, and keeps it.
 */
export function createPolicyShares(o: PolicySharesOptions): PolicyShares {
  const { policies, publishedOf, isStored } = o
  const { share } = sharesOf(o.shares)
  /** By namespace: UIDs by name of those that were given a place, until they are published. */
  const given = new Map<string, Map<string, string>>()

  function give({ namespace, name, uid }: Policy): void {
    const own = given.get(namespace) ?? new Map<string, string>()
    if (own.get(name) === uid) return
    given.set(namespace, own.set(name, uid))
    o.onGiven()
  }

  const isKept = (policy: Policy, published: ReadonlySet<string>): boolean =>
    published.has(policy.name) ||
    given.get(policy.namespace)?.get(policy.name) === policy.uid ||
    isStored(policy.namespace, policy.name)

  function usedBy(namespace: string, published: ReadonlySet<string>): number {
    const own = given.get(namespace)
    for (const [name, uid] of own ?? [])
      if (published.has(name) || policies.get(namespace, name)?.uid !== uid) own!.delete(name)
    if (own?.size === 0) given.delete(namespace)
    return published.size + (own?.size ?? 0)
  }

  function decide(namespace: string, published: ReadonlySet<string>): void {
    const wants = { [RESOURCE]: 1 }
    const all = new Map(policies.byIndex('namespace', namespace).map((policy) => [policy.name, policy]))
    const sharers = [...all.values()].map((policy) => ({
      ...{ key: policy.name, namespace, since: policy.createdAt, wants },
      has: isKept(policy, published) ? wants : undefined,
    }))
    const deleted = [...published].filter((name) => !all.has(name))
    const places = deleted.map((name) => ({ key: name, namespace, since: 0, wants, has: wants }))
    for (const [name, why] of admit([...places, ...sharers], { share, total: {} }))
      if (why === undefined && !published.has(name)) give(all.get(name)!)
  }

  const fill = (namespace: string, published: ReadonlySet<string>, limit: number) => {
    if (usedBy(namespace, published) < limit) decide(namespace, published)
  }

  function keep(policy: Policy, published: ReadonlySet<string>): boolean {
    if (!isKept(policy, published)) return false
    if (!published.has(policy.name)) give(policy)
    return true
  }

  return {
    beyond(policy) {
      const { namespace } = policy
      const limit = share(namespace)[RESOURCE]
      const published = publishedOf(namespace)
      if (limit === undefined || keep(policy, published)) return undefined
      fill(namespace, published, limit)
      if (isKept(policy, published)) return undefined
      return { resource: RESOURCE, used: usedBy(namespace, published), limit, of: 'Namespace' }
    },
    inForce(namespace, all) {
      const limit = share(namespace)[RESOURCE]
      if (limit === undefined) return all
      const published = publishedOf(namespace)
      fill(namespace, published, limit)
      return all.filter((policy) => keep(policy, published))
    },
  }
}

/** Whether sweep has keys of records under a policy. */
export const hasRecords = (swept: SweepFacts | 'Silent' | 'Unasked'): boolean =>
  typeof swept !== 'string' && swept.policy?.oldest !== undefined
