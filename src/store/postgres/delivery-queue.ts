/** Calls of which stored records wait to be delivered: when, and how often it was tried. What is delivered is in the sealed records. */
import type { PoolClient } from 'pg'
import type { ClaimedDelivery, QueuedDelivery } from '../../messages/store/rows.ts'
import type { DeliveryQueue } from '../tenant-store.ts'
import type { Database } from './connect.ts'
import { attempt } from './refusal.ts'

type Tenant = Pick<Database, 'transaction'>

/** In the transaction that stores the records. A call that waits already stays as it is. */
export async function enqueue(client: PoolClient, { call, policy, bucket, giveUpAt }: QueuedDelivery): Promise<void> {
  const sql = `INSERT INTO callbot.deliveries (tenant, call, policy, bucket, give_up_at, next_try)
    VALUES (callbot.tenant(), $1, $2, $3, $4, clock_timestamp()) ON CONFLICT DO NOTHING`
  await client.query(sql, [call, policy, bucket, new Date(giveUpAt)])
}

/** @param database as the tenant sees it */
export const createDeliveryQueue = (database: Tenant): DeliveryQueue => ({
  claim: (most, leaseMs) => attempt(() => claim(database, most, leaseMs)),
  postpone: (call, waitMs) =>
    attempt(async () => {
      const sql = `UPDATE callbot.deliveries SET tries = least(tries + 1, 1000000),
        next_try = clock_timestamp() + make_interval(secs => $2)
        WHERE tenant = callbot.tenant() AND call = $1`
      await database.transaction((client) => client.query(sql, [call, waitMs / 1_000]))
    }),
  remove: (call) =>
    attempt(async () => {
      const sql = 'DELETE FROM callbot.deliveries WHERE tenant = callbot.tenant() AND call = $1'
      await database.transaction((client) => client.query(sql, [call]))
    }),
  waiting: () =>
    attempt(async () => {
      const sql = 'SELECT count(*)::integer AS waiting FROM callbot.deliveries WHERE tenant = callbot.tenant()'
      const { rows } = await database.transaction((client) => client.query<{ waiting: number }>(sql))
      return rows[0]!.waiting
    }),
})

async function claim(database: Tenant, most: number, leaseMs: number): Promise<ClaimedDelivery[]> {
  const sql = `UPDATE callbot.deliveries SET next_try = clock_timestamp() + make_interval(secs => $2)
    WHERE tenant = callbot.tenant() AND call IN (
      SELECT call FROM callbot.deliveries WHERE tenant = callbot.tenant() AND next_try <= clock_timestamp()
      ORDER BY next_try LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING call, policy, give_up_at, tries`
  type Row = { call: string; policy: string; give_up_at: Date; tries: number }
  const { rows } = await database.transaction((client) => client.query<Row>(sql, [most, leaseMs / 1_000]))
  return rows.map(({ call, policy, give_up_at, tries }) => ({ call, policy, giveUpAt: give_up_at.getTime(), tries }))
}
