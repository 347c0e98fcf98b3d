/** Sealing records of a call and class, and opening them. */
import { randomBytes } from 'node:crypto'
import { KEY_OCTETS, open, seal } from './aead.ts'
import { associatedData } from './associated-data.ts'
import { failed, type SealFailure } from './failure.ts'
import type { Bucket, DataClass, Sealed } from './sealed.ts'

/** The call and class that a data key is for. */
export interface Owner<C extends DataClass = DataClass> {
  readonly bucket: Bucket & { readonly class: C }
  /** UUID. */
  readonly call: string
}

export interface Sealer<C extends DataClass> {
  /**
   * @param sequence from 0; each once
   * @param expiresAt milliseconds since 1970, within the bucket
   */
  seal(sequence: number, expiresAt: number, plain: Buffer): Sealed<C>
  /** Overwrites the data key. */
  end(): void
}

const keyBoundTo = ({ bucket, call }: Owner) =>
  associatedData('data key', [bucket.tenant, bucket.policy, bucket.class, bucket.life, bucket.opensAt, call])

const recordBoundTo = ({ bucket, call }: Owner, sequence: number, expiresAt: number) =>
  associatedData('record', [bucket.tenant, call, bucket.class, sequence, expiresAt])

/** Seals the records of one call and class under a new data key. @param bucketKey is only read */
export function sealerOf<C extends DataClass>(owner: Owner<C>, bucketKey: Buffer): Sealer<C> {
  const dataKey = randomBytes(KEY_OCTETS)
  const key = seal(bucketKey, dataKey, keyBoundTo(owner))
  const { call, bucket } = owner
  return {
    seal(sequence, expiresAt, plain) {
      if (expiresAt < bucket.opensAt || expiresAt >= bucket.closesAt)
        throw new RangeError('a record outside of its bucket')
      const body = seal(dataKey, plain, recordBoundTo(owner, sequence, expiresAt))
      return { call, class: bucket.class, sequence, expiresAt, key, body } as Sealed<C>
    },
    end: () => dataKey.fill(0),
  }
}

/** What a store gives back. */
export type Stored = Pick<Sealed, 'sequence' | 'expiresAt' | 'key' | 'body'>

/**
 * @param now milliseconds since 1970: what has expired is not opened, whoever kept it
 * @returns the plain octets, which the caller overwrites after use; or why there are none
 */
export function openRecord(owner: Owner, stored: Stored, bucketKey: Buffer, now: number): Buffer | SealFailure {
  return stored.expiresAt <= now ? failed('Expired', 'the record has expired') : openHeld(owner, stored, bucketKey)
}

/**
 * The same for a record that a legal hold in force covers, which may have expired.
 * @returns the plain octets, which the caller overwrites after use; or why there are none
 */
export function openHeld(owner: Owner, stored: Stored, bucketKey: Buffer): Buffer | SealFailure {
  const dataKey = open(bucketKey, stored.key, keyBoundTo(owner))
  if (dataKey === undefined)
    return failed('Altered', 'the data key of a record was changed, or belongs to another call or bucket')
  try {
    const plain = open(dataKey, stored.body, recordBoundTo(owner, stored.sequence, stored.expiresAt))
    return plain ?? failed('Altered', 'a record, its place or its expiry was changed after it was sealed')
  } finally {
    dataKey.fill(0)
  }
}
