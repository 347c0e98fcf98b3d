/** What a store takes: nothing that it could read. */
import type { Bucket } from '../rules/retention/bucket.ts'
import type { DataClass } from '../rules/retention/life.ts'

export type { Bucket, DataClass }

declare const seal: unique symbol

/** Only src/seal makes one. */
export interface Sealed<C extends DataClass = DataClass> {
  readonly [seal]: C
  /** UUID of the call. */
  readonly call: string
  readonly class: C
  /** Place among the records of the same call and class, from 0. */
  readonly sequence: number
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** The data key of the call and class, wrapped under the key of the bucket. */
  readonly key: Buffer
  readonly body: Buffer
}

/** The key of a bucket, wrapped under the root key of a generation. */
export interface WrappedKey {
  readonly generation: string
  readonly key: Buffer
}
