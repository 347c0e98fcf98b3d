/** Which parts of the table of records there have to be, and which can go. */
import type { DataClass } from './life.ts'
import type { StoredBucket } from './purge-plan.ts'

/** A part of the table of records: one class, expiry from `from` until before `to` (milliseconds since 1970). */
export interface PartitionBounds {
  readonly class: DataClass
  readonly from: number
  readonly to: number
}

export interface Partition extends PartitionBounds {
  /** Detaching: an earlier run was interrupted. Detached: it belongs to the table no more, and is to be dropped. */
  readonly state: 'Attached' | 'Detaching' | 'Detached'
}

export interface Collected {
  readonly class: DataClass
  /** Seconds. */
  readonly life: number
}

/**
 * Partitions that records made from now on need.
 * @param width of a partition, in milliseconds
 * @param ahead how long no other run may come, in milliseconds
 */
export function partitionsAhead(
  lives: readonly Collected[],
  now: number,
  width: number,
  ahead: number,
): PartitionBounds[] {
  const wanted = new Map<string, PartitionBounds>()
  for (const { class: dataClass, life } of lives) {
    if (life <= 0) continue
    const born = now + life * 1_000
    // A record that waited in a queue was born before now.
    const first = Math.max(Math.floor((born - ahead) / width), Math.floor(now / width))
    for (let at = first; at * width <= born + ahead; at++) {
      wanted.set(`${dataClass} ${at}`, { class: dataClass, from: at * width, to: (at + 1) * width })
    }
  }
  return [...wanted.values()]
}

/**
 * Partitions of which no record can be read any more, and whose keys are all gone. One whose removal has begun is finished, and first.
 * @param living buckets whose keys are still there
 */
export function partitionsGone(
  partitions: readonly Partition[],
  living: readonly StoredBucket[],
  now: number,
): Partition[] {
  const isNeeded = ({ class: dataClass, from, to }: Partition) =>
    living.some((bucket) => bucket.class === dataClass && bucket.opensAt < to && bucket.closesAt > from)
  const gone = partitions.filter((one) => one.state !== 'Attached' || (one.to <= now && !isNeeded(one)))
  // PostgreSQL detaches no other partition of a table while one is pending.
  return gone.toSorted((one, other) => Number(other.state === 'Detaching') - Number(one.state === 'Detaching'))
}
