/** Exports of what legal holds cover. What an export gives out may have expired: the database writes down who asked before, and counts it. */
import { MOST_EXPORTS, PAGE_OCTETS, PAGE_ROWS } from '../../messages/store/limits.ts'
import { refused } from '../../messages/store/refusal.ts'
import type { Cover, HeldPlace, HeldRow, HoldExport } from '../../messages/store/rows.ts'
import { bucketFrom, wrappedFrom, type StoredBucketRow } from './bucket-rows.ts'
import type { Database } from './connect.ts'
import { attempt, type StoreRefusal } from './refusal.ts'

type Tenant = Pick<Database, 'transaction'>

export interface HoldExports {
  /** Writes it down. @param askedBy a name of Kubernetes @returns its id */
  begin(policy: string, hold: string, cover: Cover, askedBy: string): Promise<string | StoreRefusal>
  /** A page of the records of an export, by bucket, call and sequence. None: that was all. @param most from 1 to 1,000 */
  page(id: string, after?: HeldPlace, most?: number): Promise<HeldRow[] | StoreRefusal>
  /** The newest, at most 100 of them. */
  list(): Promise<HoldExport[] | StoreRefusal>
}

/** @param database as the tenant sees it */
export const createHoldExports = (database: Tenant): HoldExports => ({
  async begin(policy, hold, { classes, callsFrom, callsUntil, endsAt }, askedBy) {
    const sql = 'SELECT callbot.begin_export($1, $2, $3::callbot.data_class[], $4, $5, $6, $7) AS id'
    const times = [callsFrom, callsUntil, endsAt].map((at) => new Date(at))
    const begun = await attempt(async () => {
      const values = [policy, hold, [...classes], ...times, askedBy]
      return (await database.transaction((client) => client.query<{ id: string | null }>(sql, values))).rows[0]!.id
    })
    return (
      begun ?? refused('QuotaExceeded', 'the namespace has begun 100 exports of legal holds within a day: wait a day')
    )
  },
  page: (id, after, most = PAGE_ROWS) => attempt(() => readPage(database, id, after, most)),
  list: () =>
    attempt(async () => {
      const sql = `SELECT policy, hold, asked_by AS "askedBy", asked_at, records FROM callbot.exports
        WHERE tenant = callbot.tenant() ORDER BY asked_at DESC LIMIT $1`
      type Row = Omit<HoldExport, 'askedAt'> & { asked_at: Date }
      const { rows } = await database.transaction((client) => client.query<Row>(sql, [MOST_EXPORTS]))
      return rows.map(({ asked_at: at, ...row }) => ({ ...row, askedAt: at.getTime() }))
    }),
})

async function readPage(database: Tenant, id: string, after: HeldPlace | undefined, most: number): Promise<HeldRow[]> {
  const sql = 'SELECT * FROM callbot.read_export($1, $2, $3, $4, $5, $6, $7)'
  type Row = StoredBucketRow & Pick<HeldRow, 'call' | 'class' | 'sequence' | 'key' | 'body'> & { expires_at: Date }
  const place = after && [after.bucket, after.call, after.sequence, new Date(after.expiresAt)]
  const values = [id, ...(place ?? [null, null, null, null]), most, PAGE_OCTETS]
  const { rows } = await database.transaction((client) => client.query<Row>(sql, values))
  return rows.map((row) => ({
    ...{ id: row.id, call: row.call, class: row.class, sequence: row.sequence, expiresAt: row.expires_at.getTime() },
    ...{ key: row.key, body: row.body, bucket: bucketFrom(row), wrapped: wrappedFrom(row) },
  }))
}
