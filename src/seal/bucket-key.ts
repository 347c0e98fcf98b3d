/** Keys of buckets: wrapped under a root key, and the end of all records under them when they are destroyed. */
import { randomBytes } from 'node:crypto'
import { KEY_OCTETS, open, seal } from './aead.ts'
import { associatedData } from './associated-data.ts'
import { failed, isFailure, type SealFailure } from './failure.ts'
import type { Roots } from './roots.ts'
import type { Bucket, WrappedKey } from './sealed.ts'

const boundTo = ({ tenant, policy, class: dataClass, life, opensAt, closesAt }: Bucket, generation: string) =>
  associatedData('bucket key', [tenant, policy, dataClass, life, opensAt, closesAt, generation])

/** A new key, wrapped under the current generation. What it is in the clear is learned by `unwrapBucketKey` alone. */
export function createBucketKey(bucket: Bucket, roots: Roots): WrappedKey {
  const key = randomBytes(KEY_OCTETS)
  try {
    return wrap(key, bucket, roots)
  } finally {
    key.fill(0)
  }
}

/** @returns 32 octets, which the caller overwrites after use; or why there are none */
export function unwrapBucketKey(wrapped: WrappedKey, bucket: Bucket, { keys }: Roots): Buffer | SealFailure {
  const { generation } = wrapped
  const root = keys.get(generation)
  if (root === undefined) {
    return failed(
      'GenerationUnknown',
      `the key of a bucket is wrapped under generation ${generation}, which the Secret does not have: it was destroyed, or the Secret is an older one`,
    )
  }
  const key = open(root, wrapped.key, boundTo(bucket, generation))
  return (
    key ??
    failed(
      'Altered',
      `the key of a bucket can't be opened with generation ${generation}: it, its bucket or the root key was changed`,
    )
  )
}

/** The same key under the current generation, so that an older one can be destroyed. */
export function rewrapBucketKey(wrapped: WrappedKey, bucket: Bucket, roots: Roots): WrappedKey | SealFailure {
  const key = unwrapBucketKey(wrapped, bucket, roots)
  if (isFailure(key)) return key
  try {
    return wrap(key, bucket, roots)
  } finally {
    key.fill(0)
  }
}

function wrap(key: Buffer, bucket: Bucket, { current, keys }: Roots): WrappedKey {
  return { generation: current, key: seal(keys.get(current)!, key, boundTo(bucket, current)) }
}
