/** What a run did, in counts and times: nothing of what was erased. */
import { dueAt, type PurgePlan, type Share, type StoredBucket } from '../rules/retention/purge-plan.ts'

export interface SweepReport {
  readonly kind: 'swept'
  readonly keysDestroyed: number
  readonly recordsErased: number
  /** Keys that are due and stay, in mode Audit. */
  readonly keysAudited: number
  /** Keys under a legal hold. */
  readonly keysHeld: number
  /** Policies whose fuse stopped the run, as NAMESPACE/NAME. */
  readonly fused: readonly string[]
  readonly keysShortened: number
  readonly partitionsDropped: number
  readonly partitionsCreated: number
  /** When the next key is due, in milliseconds since 1970. */
  readonly nextDue: number | undefined
}

export interface Done {
  readonly now: number
  readonly plan: PurgePlan
  readonly living: readonly StoredBucket[]
  /** Records under a key that was due. */
  readonly recordsIn: (bucket: StoredBucket) => number
  readonly shortened: number
  readonly dropped: number
  readonly created: number
}

const keysOf = (shares: readonly Share[]) => shares.reduce((sum, { buckets }) => sum + buckets.length, 0)

export function writeReport({ now, plan, living, shortened, dropped, created }: Omit<Done, 'recordsIn'>): SweepReport {
  const next = living.map(dueAt).filter((due) => due > now)
  return {
    kind: 'swept',
    keysDestroyed: keysOf(plan.destroy),
    recordsErased: plan.destroy.reduce((sum, { records }) => sum + records, 0),
    keysAudited: keysOf(plan.audited),
    keysHeld: plan.held.length,
    fused: plan.fused.map(({ tenant, policy }) => `${tenant}/${policy}`),
    keysShortened: shortened,
    partitionsDropped: dropped,
    partitionsCreated: created,
    nextDue: next.length === 0 ? undefined : next.reduce((one, other) => Math.min(one, other)),
  }
}
