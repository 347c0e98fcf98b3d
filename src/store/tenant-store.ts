/** What is asked of the store for one namespace. It is answered by the database (`postgres/`), or over HTTPS by who speaks with it (`client.ts`). */
import type { StoreRefusal } from '../messages/store/refusal.ts'
import type {
  BucketRow,
  ClaimedDelivery,
  ClassLife,
  HeldPlace,
  HeldRow,
  HoldExport,
  KeyRow,
  Place,
  PlacedRecord,
  QueuedDelivery,
  RecordPage,
  RecordRow,
} from '../messages/store/rows.ts'
import type { Bucket, WrappedKey } from '../seal/sealed.ts'

export interface DeliveryQueue {
  /**
   * Deliveries that are due. Nobody else gets them for `leaseMs`; after that they are due again.
   * @param most from 1 to 100
   */
  claim(most: number, leaseMs: number): Promise<ClaimedDelivery[] | StoreRefusal>
  /** A try has failed. */
  postpone(call: string, waitMs: number): Promise<void | StoreRefusal>
  /** It is delivered, or never will be. */
  remove(call: string): Promise<void | StoreRefusal>
  /** How many wait. */
  waiting(): Promise<number | StoreRefusal>
}

export interface TenantStore {
  /**
   * The key of a bucket: the one that is there, or `fresh`, which is stored. Of two that come at the same time both get the same one.
   * @returns undefined when the key was destroyed between two looks: the bucket is due, and nothing is stored in it any more
   */
  bucket(bucket: Bucket, fresh: WrappedKey): Promise<BucketRow | undefined | StoreRefusal>
  /**
   * Stores all records or none; durable when it resolves. What is there already stays as it is.
   * @param records from 1 to 100
   * @param delivery with the records, if one of them is new: what was stored before is delivered, or waits
   * @returns how many were new
   */
  append(records: readonly PlacedRecord[], delivery?: QueuedDelivery): Promise<number | StoreRefusal>
  readonly deliveries: DeliveryQueue
  /** Records of a call that have not expired, by class and sequence. */
  read(call: string): Promise<RecordRow[] | StoreRefusal>
  /** Keys that are under this generation. @param most from 1 to 1,000 */
  under(generation: string, most?: number): Promise<KeyRow[] | StoreRefusal>
  /** Replaces the wrapping of a key. @returns whether it still was under `before` */
  rewrap(id: string, before: WrappedKey, after: WrappedKey): Promise<boolean | StoreRefusal>
  /** Generations of root keys under which there is a bucket, or may be one. */
  generations(): Promise<string[] | StoreRefusal>
  /** From now on no bucket is ever under this generation. @returns false when one is */
  retire(generation: string): Promise<boolean | StoreRefusal>
}

/** Exports of what legal holds of the namespace cover. */
export interface HeldRecords {
  /** Writes down who asks. Refused when the policy has no such hold in force. @returns the id of the export */
  begin(policy: string, hold: string, askedBy: string): Promise<string | StoreRefusal>
  /** A page of it. None: that was all. @param after where the page before ended */
  page(id: string, after: HeldPlace | undefined): Promise<readonly HeldRow[] | StoreRefusal>
  /** Those that are written down, the newest first: at most 100. */
  list(): Promise<readonly HoldExport[] | StoreRefusal>
}

/** The store as `records` sees it: with the policies of its namespace. */
export interface PolicedStore extends TenantStore {
  /** For how long a policy keeps each class. Undefined: it is not known, and nothing of it is stored. */
  lives(policy: string): Promise<readonly ClassLife[] | undefined | StoreRefusal>
  readonly held: HeldRecords
  close(): Promise<void>
}

/** A page of the records of a call. @param after where the page before ended */
export type ReadPage = (call: string, after: Place | undefined) => Promise<RecordPage | StoreRefusal>

/** All records of a call, page after page. */
export async function readAll(page: ReadPage, call: string): Promise<RecordRow[] | StoreRefusal> {
  const all: RecordRow[] = []
  for (;;) {
    const read = await page(call, placeOf(all.at(-1)))
    if ('kind' in read) return read
    all.push(...read.rows)
    if (!read.more || read.rows.length === 0) return all
  }
}

const placeOf = (row: RecordRow | undefined): Place | undefined =>
  row && { class: row.class, sequence: row.sequence, expiresAt: row.expiresAt }
