/** Buckets: records that share a key, and so lose it together. */
import type { DataClass } from './life.ts'

/** One thousandth of the life: a key is destroyed at most so long after the first record under it has expired. */
const PARTS = 1_000

/** Records of one tenant, policy, class and life that expire from `opensAt` until before `closesAt` (milliseconds since 1970). */
export interface Bucket {
  readonly tenant: string
  readonly policy: string
  readonly class: DataClass
  /** Seconds for which its records were collected. */
  readonly life: number
  readonly opensAt: number
  readonly closesAt: number
}

/** Milliseconds that a bucket is wide: a thousandth of the life, in full seconds, at least one. */
export const bucketWidth = (life: number): number => Math.ceil(life / PARTS) * 1_000

/**
 * The bucket of a record.
 * @param expiresAt as it was born with, whatever shortens it later
 */
export function bucketOf(what: Omit<Bucket, 'opensAt' | 'closesAt'>, expiresAt: number): Bucket {
  const width = bucketWidth(what.life)
  const opensAt = Math.floor(expiresAt / width) * width
  const { tenant, policy, class: dataClass, life } = what
  return { tenant, policy, class: dataClass, life, opensAt, closesAt: opensAt + width }
}
