/** What `records` and `store` hand each other: ciphertext, wrapped keys, and where they belong. All times are milliseconds since 1970. */
import type { Bucket, DataClass, Sealed, WrappedKey } from '../../seal/sealed.ts'

export interface BucketRow extends WrappedKey {
  /** UUID. */
  readonly id: string
}

/** A key, and which records it is for. */
export interface KeyRow extends BucketRow {
  readonly bucket: Bucket
}

/** A record as it is stored, and what is needed to open it. */
export interface RecordRow {
  readonly call: string
  readonly class: DataClass
  readonly sequence: number
  readonly expiresAt: number
  readonly key: Buffer
  readonly body: Buffer
  readonly bucket: Bucket
  readonly wrapped: WrappedKey
}

/** A record, and the id of its bucket. */
export interface PlacedRecord {
  readonly bucket: string
  readonly record: Sealed
}

/** Where a page of records ended: the next begins after it. */
export type Place = Pick<RecordRow, 'class' | 'sequence' | 'expiresAt'>

export interface RecordPage {
  readonly rows: readonly RecordRow[]
  /** Whether there are more. */
  readonly more: boolean
}

/** A call whose records are to be delivered. */
export interface QueuedDelivery {
  readonly call: string
  readonly policy: string
  /** Id of the bucket of the record that expires last. */
  readonly bucket: string
  readonly giveUpAt: number
}

export interface ClaimedDelivery extends Omit<QueuedDelivery, 'bucket'> {
  /** Tries that failed. */
  readonly tries: number
}

/** For how many seconds a policy keeps a class. */
export interface ClassLife {
  readonly class: DataClass
  readonly seconds: number
}

export type { Cover } from '../../rules/retention/holds.ts'

/** A record under a legal hold. */
export interface HeldRow extends RecordRow {
  /** UUID of its bucket. */
  readonly id: string
}

/** Where a page of records under a legal hold ended. */
export interface HeldPlace extends Pick<RecordRow, 'call' | 'sequence' | 'expiresAt'> {
  /** UUID. */
  readonly bucket: string
}

/** What is written down of an export of what a legal hold covers. */
export interface HoldExport {
  readonly policy: string
  readonly hold: string
  /** Name of Kubernetes, as the program said that asked. */
  readonly askedBy: string
  readonly askedAt: number
  /** Records that were given out. */
  readonly records: number
}
