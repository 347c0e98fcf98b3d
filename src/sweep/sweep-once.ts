/** One run: list, choose, erase, report. Every step can be the last one before a crash: the next run does what is left. */
import {
  partitionsAhead,
  partitionsGone,
  type Collected,
  type Partition,
  type PartitionBounds,
} from '../rules/retention/partitions.ts'
import {
  isAtStake,
  planPurge,
  tightenings,
  type PolicyNow,
  type PurgePlan,
  type StoredBucket,
  type Tightening,
} from '../rules/retention/purge-plan.ts'
import { lifeOf } from '../rules/retention/life.ts'
import { isRefusal, type StoreRefusal } from '../store/postgres/refusal.ts'
import type { SweepStore } from '../store/postgres/sweep-store.ts'
import { DATA_CLASSES } from '../api/retention-policy.ts'
import { writeReport, type Done, type SweepReport } from './report.ts'

export interface SweepOptions {
  readonly store: SweepStore
  readonly policies: readonly PolicyNow[]
  /** Tenants whose policies are not known and may hold data: none of their keys is touched. */
  readonly unread?: ReadonlySet<string>
  /** The fuse of data whose policy is not in `policies`: records in one run. */
  readonly limitOfUnknown: number
  /** Of a partition, in milliseconds. Never changed for a database. */
  readonly partitionWidth: number
  /** For how long partitions are made ahead, in milliseconds. */
  readonly ahead: number
  /** Called before each change. */
  readonly onStep?: (step: Step) => Promise<void>
  /** Called at the end, with what is left. */
  readonly onDone?: (done: Done) => void
}

export type Step = 'shorten' | 'destroy' | 'detach' | 'drop' | 'create' | 'end'

/** Keys destroyed by one statement. */
const CHUNK = 500

/** @returns what was done, or why the run ended before; what had been done by then is done */
export async function sweepOnce(o: SweepOptions): Promise<SweepReport | StoreRefusal> {
  try {
    return await inOrder(o)
  } catch (error) {
    if (error instanceof Stopped) return error.refusal
    throw error
  }
}

async function inOrder(o: SweepOptions): Promise<SweepReport> {
  const { store, policies, limitOfUnknown, unread } = o
  const now = done(await store.now())
  const listed = done(await store.buckets())
  const known = listed.filter(({ tenant }) => unread?.has(tenant) !== true)
  const changes = tightenings(known, policies)
  const seconds = new Map(changes.map(({ bucket, shortened }) => [bucket.id, shortened]))
  const buckets = known.map((bucket) => ({ ...bucket, shortened: seconds.get(bucket.id) ?? bucket.shortened }))
  const tightened = new Set(seconds.keys())
  const atStake = buckets.filter((bucket) => isAtStake(bucket, { now, tightened })).map(({ id }) => id)
  const counts = atStake.length === 0 ? new Map<string, number>() : done(await store.count(atStake))
  const recordsIn = ({ id }: StoredBucket) => counts.get(id) ?? 0
  const plan = planPurge({ now, buckets, policies, recordsIn, limitOfUnknown, tightened })
  // A policy whose fuse has blown may be a mistake, and what is shortened stays so.
  const isFused = ({ tenant, policy }: StoredBucket) =>
    plan.fused.some((share) => share.tenant === tenant && share.policy === policy)
  const shortened = changes.filter(({ bucket }) => !isFused(bucket))
  // First, since nobody stores anything without them, and a tenant who reads for long holds up what comes later.
  const created = await makePartitions(o, now)
  await shorten(o, shortened)
  const destroyed = await destroy(o, plan)
  const untouched = listed.filter(({ tenant }) => unread?.has(tenant) === true)
  const living = [...buckets.filter(({ id }) => !destroyed.has(id)), ...untouched]
  const { dropped, held } = await removePartitions(o, living, now)
  await o.onStep?.('end')
  const end = {
    now,
    plan: whatWasDone(plan, destroyed, recordsIn),
    living,
    recordsIn,
    shortened: shortened.length,
    dropped,
    created,
  }
  o.onDone?.(end)
  done(await store.forgetExports())
  if (held !== undefined) throw new Stopped(held)
  return writeReport(end)
}

async function shorten(o: SweepOptions, changes: readonly Tightening[]): Promise<void> {
  const bySeconds = new Map<number, string[]>()
  for (const { bucket, shortened } of changes) {
    if (bySeconds.get(shortened)?.push(bucket.id) === undefined) bySeconds.set(shortened, [bucket.id])
  }
  for (const [seconds, ids] of bySeconds) {
    await o.onStep?.('shorten')
    done(await o.store.shorten(ids, seconds))
  }
}

async function destroy(o: SweepOptions, { destroy: shares }: PurgePlan): Promise<Set<string>> {
  const ids = shares.flatMap((share) => share.buckets.map(({ id }) => id))
  const gone = new Set<string>()
  for (let at = 0; at < ids.length; at += CHUNK) {
    await o.onStep?.('destroy')
    for (const id of done(await o.store.destroy(ids.slice(at, at + CHUNK)))) gone.add(id)
  }
  return gone
}

/** The plan without the keys on which somebody had a lock: they are destroyed the next time. */
function whatWasDone(
  plan: PurgePlan,
  gone: ReadonlySet<string>,
  recordsIn: (bucket: StoredBucket) => number,
): PurgePlan {
  const destroyed = plan.destroy.flatMap((share) => {
    const buckets = share.buckets.filter(({ id }) => gone.has(id))
    const records = buckets.reduce((sum, bucket) => sum + recordsIn(bucket), 0)
    return buckets.length > 0 ? [{ ...share, buckets, records }] : []
  })
  return { ...plan, destroy: destroyed }
}

/** A partition that somebody reads holds up no other: it is removed the next time. @returns why, for the last such one */
async function removePartitions({ store, onStep }: SweepOptions, living: readonly StoredBucket[], now: number) {
  const gone = partitionsGone(done(await store.partitions()), living, now)
  let dropped = 0
  let held: StoreRefusal | undefined
  for (const partition of gone) {
    await onStep?.('detach')
    const detached = await store.detach(partition)
    if (isRefusal(detached)) {
      held = detached
      continue
    }
    await onStep?.('drop')
    done(await store.drop(partition))
    dropped++
  }
  return { dropped, held }
}

async function makePartitions(o: SweepOptions, now: number): Promise<number> {
  const lives = o.policies.flatMap((policy): Collected[] =>
    DATA_CLASSES.map((one) => ({ class: one, life: lifeOf(policy, one) })),
  )
  const nameOf = ({ class: dataClass, from, to }: PartitionBounds | Partition) => `${dataClass} ${from} ${to}`
  const there = new Set(done(await o.store.partitions()).map(nameOf))
  const missing = partitionsAhead(lives, now, o.partitionWidth, o.ahead).filter((one) => !there.has(nameOf(one)))
  for (const bounds of missing) {
    await o.onStep?.('create')
    done(await o.store.create(bounds))
  }
  return missing.length
}

class Stopped extends Error {
  readonly refusal: StoreRefusal
  constructor(refusal: StoreRefusal) {
    super(refusal.because)
    this.refusal = refusal
  }
}

function done<T>(result: T | StoreRefusal): T {
  if (isRefusal(result)) throw new Stopped(result)
  return result
}
