/** What /state says after a run: counts and times of each policy. Pure. */
import type { FiledPolicy } from '../messages/policies.ts'
import { dueAt, type Share, type StoredBucket } from '../rules/retention/purge-plan.ts'
import type { Purge, SweptPolicy } from '../rules/sweep-state.ts'
import type { Done } from './report.ts'

export interface StateOptions extends Pick<Done, 'now' | 'plan' | 'living' | 'recordsIn'> {
  readonly policies: readonly FiledPolicy[]
  /** Records under each key at the newest count; undefined: not counted yet. A key that is newer than the count has none. */
  readonly counts: ReadonlyMap<string, number> | undefined
  /** The newest erasure of each policy before this run, by `keyOf`. */
  readonly purges: ReadonlyMap<string, Purge>
}

interface Named {
  readonly tenant: string
  readonly policy: string
}

export const keyOf = ({ tenant, policy }: Named): string => `${tenant}/${policy}`

/** Each policy of the file, and each that is gone and has data. */
export function policyStates(o: StateOptions): SweptPolicy[] {
  const living = Map.groupBy(o.living, keyOf)
  const held = Map.groupBy(o.plan.held, keyOf)
  const known = new Map(o.policies.map((policy) => [keyOf({ ...policy, policy: policy.name }), policy]))
  const [audited, fused] = [recordsOf(o.plan.audited), recordsOf(o.plan.fused)]
  const purges = purgesAfter(o)
  return [...new Set([...known.keys(), ...living.keys()])].map((key) => {
    const [tenant = '', name = ''] = key.split('/')
    const buckets = living.get(key) ?? []
    const purge = purges.get(key)
    return {
      ...{ tenant, name, generation: known.get(key)?.generation ?? 0 },
      ...(o.counts && { stored: sum(buckets, ({ id }) => o.counts!.get(id) ?? 0) }),
      ...timesOf(buckets, o.now),
      ...{ held: sum(held.get(key) ?? [], o.recordsIn), audited: audited.get(key) ?? 0, fused: fused.get(key) ?? 0 },
      ...(purge && { purge }),
    }
  })
}

/** The newest erasure of each policy after this run. A run that erases nothing is none. */
export function purgesAfter({ now, plan, purges }: Pick<StateOptions, 'now' | 'plan' | 'purges'>): Map<string, Purge> {
  const fresh = plan.destroy.map((share) => [keyOf(share), { at: now, erased: share.records }] as const)
  return new Map([...purges, ...fresh])
}

function timesOf(buckets: readonly StoredBucket[], now: number): Pick<SweptPolicy, 'oldest' | 'next'> {
  if (buckets.length === 0) return {}
  // A record that waited for its call's end was born then: its expiry less its life is that time.
  const oldest = least(buckets.map(({ opensAt, life }) => Math.max(0, opensAt - life * 1_000)))
  const next = buckets.map(dueAt).filter((due) => due > now)
  return { oldest, ...(next.length > 0 && { next: least(next) }) }
}

const least = (numbers: readonly number[]) => numbers.reduce((one, other) => Math.min(one, other), Infinity)

const sum = <T>(items: readonly T[], of: (item: T) => number) => items.reduce((total, item) => total + of(item), 0)

const recordsOf = (shares: readonly Share[]) => new Map(shares.map((share) => [keyOf(share), share.records]))
