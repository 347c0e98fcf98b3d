/** Brings the keys of buckets under the generation that seals now, and retires those before it in the database. */
import { SLOTS, type RootsInUse } from '../rules/root-turn.ts'
import { ownWords } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'
import { rewrapBucketKey } from '../seal/bucket-key.ts'
import { isFailure } from '../seal/failure.ts'
import type { Roots } from '../seal/roots.ts'
import { isRefusal } from '../messages/store/refusal.ts'
import type { TenantStore } from '../store/tenant-store.ts'
import type { RootsFile } from './roots-file.ts'

export interface TurnOptions {
  readonly store: Pick<TenantStore, 'generations' | 'under' | 'rewrap' | 'retire'>
  readonly roots: RootsFile
  readonly log: Log
}

/** Keys of one request, and of one pass: a pass takes seconds at most, and another follows. */
const AT_ONCE = 500
const MOST = 10_000

/** One pass. Any number of pods may be at it. @returns undefined when the database does not answer, or there are no keys */
export async function turnRoots({ store, roots, log }: TurnOptions): Promise<RootsInUse | undefined> {
  return roots.use(async (held) => {
    const before = await store.generations()
    if (isRefusal(before)) return undefined
    // A pod that has not got the youngest key yet has nothing to bring anywhere.
    const older = before.every((each) => each <= held.current) ? before.filter((each) => each < held.current) : []
    for (const generation of older) if (held.keys.has(generation)) await empty(generation, { store, held, log })
    const left = await store.generations()
    if (isRefusal(left)) return undefined
    const needed = new Set([...left, held.current])
    roots.retire([...held.keys.keys()].filter((each) => each < held.current && !needed.has(each)))
    // One that is to seal when it is old enough.
    for (const each of held.keys.keys()) if (each > held.current) needed.add(each)
    const seals = roots.slotOf(held.current)
    const needs = new Set([...needed].map((each) => roots.slotOf(each)))
    // A key that this pod has not read may be in either: it can't say which is free.
    if (seals === undefined || needs.has(undefined)) return undefined
    return { seals, generation: held.current, needs: SLOTS.filter((slot) => needs.has(slot)) }
  })
}

async function empty(
  generation: string,
  { store, held, log }: Pick<TurnOptions, 'store' | 'log'> & { held: Roots },
): Promise<void> {
  let brought = 0
  for (; brought < MOST;) {
    const buckets = await store.under(generation, AT_ONCE)
    if (isRefusal(buckets)) return
    if (buckets.length === 0) break
    for (const each of buckets) {
      const wrapped = rewrapBucketKey(each, each.bucket, held)
      if (isFailure(wrapped))
        return log.error({ because: ownWords(wrapped.because) }, 'a root key can not be retired: a bucket needs it')
      if (isRefusal(await store.rewrap(each.id, each, wrapped))) return
    }
    brought += buckets.length
  }
  const isRetired = await store.retire(generation)
  if (isRetired === true) log.info({ buckets: brought }, 'a generation of root keys was retired')
}
