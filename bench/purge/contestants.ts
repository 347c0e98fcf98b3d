/** Three ways to be rid of the same rows: ours, DELETE, and DROP of a partition. Each in tables of its own, of one server. */
import { DATA_CLASSES } from '../../src/api/retention-policy.ts'
import { bucketOf } from '../../src/rules/retention/bucket.ts'
import { createBucketKey } from '../../src/seal/bucket-key.ts'
import type { Database } from '../../src/store/postgres/connect.ts'
import { nameOf, tableOf } from '../../src/store/postgres/partition-names.ts'
import type { SweepStore } from '../../src/store/postgres/sweep-store.ts'
import { sweepOnce } from '../../src/sweep/sweep-once.ts'
import { must, someRoots } from '../../test/harness/stored-calls.ts'

/** Seconds: the keys of its records are a second wide. */
const LIFE = 900
const TENANT = 'bench'
const BODY_OCTETS = 300

export interface Contestant {
  readonly name: string
  /** Rows that are due at `deadline` (milliseconds since 1970), and room for rows that are not. */
  load(rows: number, deadline: number): Promise<void>
  /** Whether a row that was due can be read. */
  isReadable(): Promise<boolean>
  purge(): Promise<void>
  /** One row that is not due. */
  insert(): Promise<void>
}

const plainTable = (table: string, partitioned: boolean) => `
  CREATE TABLE ${table} (tenant name, call uuid, class text, sequence integer, expires_at timestamptz, key bytea, body bytea)
    ${partitioned ? 'PARTITION BY RANGE (expires_at)' : ''};
  CREATE UNIQUE INDEX ON ${table} (tenant, call, class, sequence, expires_at);
  CREATE INDEX ON ${table} (expires_at)`

const filled = (table: string, classText: string, more = '') => `
  INSERT INTO ${table} (tenant, call, class, sequence, expires_at, key, body ${more && ', bucket'})
  SELECT '${TENANT}', gen_random_uuid(), ${classText}, 0, $1, decode(repeat('5a', 60), 'hex'), decode(repeat('5a', ${BODY_OCTETS}), 'hex') ${more}
  FROM generate_series(1, $2::integer)`

/** @param drops whether old rows go with their partition */
export function plain(admin: Database, drops: boolean): Contestant {
  const table = drops ? 'public.dropped' : 'public.deleted'
  const later = new Date(Date.now() + 86_400_000)
  const query = (sql: string, values: unknown[] = []) => admin.use((client) => client.query(sql, values))
  return {
    name: drops ? 'DROP' : 'DELETE',
    async load(rows, deadline) {
      await query(plainTable(table, drops))
      const middle = new Date(deadline + 1_000).toISOString()
      if (drops) {
        await query(`CREATE TABLE ${table}_old PARTITION OF ${table} FOR VALUES FROM (MINVALUE) TO ('${middle}')`)
        await query(`CREATE TABLE ${table}_new PARTITION OF ${table} FOR VALUES FROM ('${middle}') TO (MAXVALUE)`)
      }
      for (const one of DATA_CLASSES)
        await query(filled(table, `'${one}'`), [new Date(deadline), Math.ceil(rows / DATA_CLASSES.length)])
    },
    isReadable: async () => (await query(`SELECT FROM ${table} WHERE expires_at < $1 LIMIT 1`, [later])).rowCount! > 0,
    async purge() {
      await query(drops ? `DROP TABLE ${table}_old` : `DELETE FROM ${table} WHERE expires_at <= now()`)
    },
    insert: async () => void (await query(filled(table, `'Transcript'`), [later, 1])),
  }
}

export interface OursOptions {
  readonly admin: Database
  readonly tenant: Pick<Database, 'transaction'>
  readonly store: SweepStore
}

export function ours({ admin, tenant, store }: OursOptions): Contestant {
  const roots = someRoots()
  const query = (sql: string, values: unknown[] = []) => admin.use((client) => client.query(sql, values))
  let due = 0
  const bucketFor = async (dataClass: (typeof DATA_CLASSES)[number], expiresAt: number) => {
    const bucket = bucketOf({ tenant: TENANT, policy: 'bench', class: dataClass, life: LIFE }, expiresAt)
    const { generation, key } = createBucketKey(bucket, roots)
    const { rows } = await query(
      `INSERT INTO callbot.buckets (tenant, policy, class, life, opens_at, closes_at, generation, key)
       VALUES ($1, 'bench', $2, $3, $4, $5, $6, $7) RETURNING id`,
      [TENANT, dataClass, LIFE, new Date(bucket.opensAt), new Date(bucket.closesAt), generation, key],
    )
    return String(rows[0].id)
  }
  let later: { bucket: string; expiresAt: Date }
  return {
    name: 'ours',
    async load(rows, deadline) {
      due = deadline
      for (const one of DATA_CLASSES) {
        const old = { class: one, from: deadline - 1_000, to: deadline + 1_000 }
        must(await store.create(old))
        const id = await bucketFor(one, deadline)
        await query(filled(`callbot.${nameOf(old)}`, `'${one}'::callbot.data_class`, `, '${id}'::uuid`), [
          new Date(deadline),
          Math.ceil(rows / DATA_CLASSES.length),
        ])
      }
      const expiresAt = Math.floor(deadline / 1_000) * 1_000 + 800_000
      must(await store.create({ class: 'Transcript', from: expiresAt - 1_000, to: expiresAt + 1_000 }))
      later = { bucket: await bucketFor('Transcript', expiresAt), expiresAt: new Date(expiresAt) }
      await query(`ANALYZE callbot.${tableOf('Transcript')}`)
    },
    isReadable: () =>
      tenant.transaction(async (client) => {
        const sql = 'SELECT FROM callbot.records WHERE expires_at = $1 LIMIT 1'
        return (await client.query(sql, [new Date(due)])).rowCount! > 0
      }),
    async purge() {
      const o = { store, policies: [], limitOfUnknown: 1_000_000_000, partitionWidth: 1_000, ahead: 1_000 }
      const report = must(await sweepOnce(o))
      if (report.partitionsDropped !== DATA_CLASSES.length) throw new Error('the purge left partitions')
    },
    insert: () =>
      tenant.transaction(async (client) => {
        await client.query(filled('callbot.records', `'Transcript'::callbot.data_class`, `, '${later.bucket}'::uuid`), [
          later.expiresAt,
          1,
        ])
      }),
  }
}
