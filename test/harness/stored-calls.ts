/** A database with the tables of this version, tenants and keys: what a test of the store begins with. */
import { randomBytes, randomUUID } from 'node:crypto'
import { bornUnder, type DataClass, type Rules } from '../../src/rules/retention/life.ts'
import { bucketOf } from '../../src/rules/retention/bucket.ts'
import { partitionsAhead } from '../../src/rules/retention/partitions.ts'
import { createBucketKey, unwrapBucketKey } from '../../src/seal/bucket-key.ts'
import { isFailure } from '../../src/seal/failure.ts'
import { openRecord, sealerOf } from '../../src/seal/record.ts'
import { readRoots, type Roots } from '../../src/seal/roots.ts'
import type { RecordRow } from '../../src/messages/store/rows.ts'
import { asTenant } from '../../src/store/postgres/connect.ts'
import { migrate } from '../../src/store/postgres/migrate.ts'
import { isRefusal, type StoreRefusal } from '../../src/store/postgres/refusal.ts'
import { createSweepStore, type SweepStore } from '../../src/store/postgres/sweep-store.ts'
import { createTenantStore } from '../../src/store/postgres/tenant-store.ts'
import type { TenantStore } from '../../src/store/tenant-store.ts'
import { ADMIN, startPostgres, type Postgres } from './postgres.ts'

export const WIDTH = 3_600_000

export const someRoots = (generation = 'day-1'): Roots =>
  readRoots(`${generation} ${randomBytes(32).toString('base64')}`) as Roots

export function must<T>(value: T): Exclude<T, StoreRefusal> {
  if (isRefusal(value)) throw new Error(value.because)
  return value as Exclude<T, StoreRefusal>
}

/** A policy that keeps these classes for so many seconds. */
export const keeping = (seconds: number, ...classes: DataClass[]): Rules => ({
  rules: classes.map((one) => ({ class: one, seconds })),
})

export interface StoredCalls {
  readonly postgres: Postgres
  readonly sweep: SweepStore
  /** The database as a namespace sees it. */
  tenant(name: string): TenantStore
  stop(): Promise<void>
}

export async function startStore(settings: Readonly<Record<string, string>> = {}): Promise<StoredCalls> {
  const postgres = await startPostgres(settings)
  const admin = postgres.connect(ADMIN)
  await migrate(admin)
  const sweep = postgres.connect('callbot_sweep')
  return {
    postgres,
    sweep: createSweepStore({ database: sweep }),
    tenant: (name) => storeOf(postgres, name),
    stop: () => postgres.stop(),
  }
}

/** The database as a namespace sees it, by the role of the program `store`. */
export const storeOf = (postgres: Postgres, tenant: string, more: Parameters<Postgres['connect']>[1] = {}) =>
  createTenantStore(asTenant(postgres.connect('callbot_store', more), tenant))

/** Partitions for records that expire within so many seconds of now. */
export async function makeRoom(
  sweep: SweepStore,
  classes: readonly DataClass[],
  life: number,
  width = WIDTH,
): Promise<void> {
  const lives = classes.map((one) => ({ class: one, life }))
  const there = must(await sweep.partitions()).map(({ class: one, from }) => `${one} ${from}`)
  for (const bounds of partitionsAhead(lives, Date.now(), width, 600_000)) {
    if (!there.includes(`${bounds.class} ${bounds.from}`)) must(await sweep.create(bounds))
  }
}

export interface Kept {
  readonly call: string
  readonly class: DataClass
  readonly expiresAt: number
}

export interface KeepOptions {
  readonly store: TenantStore
  readonly tenant: string
  readonly roots: Roots
  readonly policy: Rules
  readonly class: DataClass
  readonly texts: readonly string[]
  readonly call?: string
  readonly endedAt?: number
}

/** Seals and stores records as a writer will: birth, bucket, data key, append. */
export async function keep(o: KeepOptions): Promise<Kept | StoreRefusal> {
  const { store, tenant, roots, call = randomUUID(), endedAt = Date.now() } = o
  const birth = bornUnder(o.policy, o.class, endedAt)
  if (birth.kind === 'discarded') throw new Error(birth.because)
  const { life, expiresAt } = birth
  const bucket = bucketOf({ tenant, policy: 'policy', class: o.class, life }, expiresAt)
  const row = await store.bucket(bucket, createBucketKey(bucket, roots))
  if (isRefusal(row)) return row
  if (row === undefined) throw new Error('the bucket is due')
  const bucketKey = unwrapBucketKey(row, bucket, roots)
  if (isFailure(bucketKey)) throw new Error(bucketKey.because)
  const sealer = sealerOf({ bucket, call }, bucketKey)
  const records = o.texts.map((text, sequence) => sealer.seal(sequence, expiresAt, Buffer.from(text)))
  sealer.end()
  bucketKey.fill(0)
  const appended = await store.append(records.map((record) => ({ bucket: row.id, record })))
  return isRefusal(appended) ? appended : { call, class: o.class, expiresAt }
}

/** What a row says, or why it can't be known. */
export function reveal({ bucket, wrapped, ...stored }: RecordRow, roots: Roots, now = Date.now()): string {
  const key = unwrapBucketKey(wrapped, bucket, roots)
  if (isFailure(key)) return key.reason
  const plain = openRecord({ bucket, call: stored.call }, stored, key, now)
  return isFailure(plain) ? plain.reason : plain.toString()
}
