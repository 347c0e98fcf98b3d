/** Calls of which stored records wait to be delivered: when, and how often it was tried. What is delivered is in the sealed records. */
import type { PoolClient } from 'pg'
import type { Database } from './connect.ts'
import { attempt, type StoreRefusal } from './refusal.ts'

/** A call whose records are to be delivered. All times are milliseconds since 1970. */
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

/** In the transaction that stores the records. A call that waits already stays as it is. */
export async function enqueue(client: PoolClient, { call, policy, bucket, giveUpAt }: QueuedDelivery): Promise<void> {
  const sql = `INSERT INTO callbot.deliveries (tenant, call, policy, bucket, give_up_at, next_try)
    VALUES (current_user, $1, $2, $3, $4, clock_timestamp()) ON CONFLICT DO NOTHING`
  await client.query(sql, [call, policy, bucket, new Date(giveUpAt)])
}

/** @param database connected as the role of the tenant */
export const createDeliveryQueue = (database: Database): DeliveryQueue => ({
  claim: (most, leaseMs) => attempt(() => claim(database, most, leaseMs)),
  postpone: (call, waitMs) =>
    attempt(async () => {
      const sql = `UPDATE callbot.deliveries SET tries = least(tries + 1, 1000000),
        next_try = clock_timestamp() + make_interval(secs => $2)
        WHERE tenant = current_user AND call = $1`
      await database.use((client) => client.query(sql, [call, waitMs / 1_000]))
    }),
  remove: (call) =>
    attempt(async () => {
      const sql = 'DELETE FROM callbot.deliveries WHERE tenant = current_user AND call = $1'
      await database.use((client) => client.query(sql, [call]))
    }),
  waiting: () =>
    attempt(async () => {
      const sql = 'SELECT count(*)::integer AS waiting FROM callbot.deliveries WHERE tenant = current_user'
      const { rows } = await database.use((client) => client.query<{ waiting: number }>(sql))
      return rows[0]!.waiting
    }),
})

async function claim(database: Database, most: number, leaseMs: number): Promise<ClaimedDelivery[]> {
  const sql = `UPDATE callbot.deliveries SET next_try = clock_timestamp() + make_interval(secs => $2)
    WHERE tenant = current_user AND call IN (
      SELECT call FROM callbot.deliveries WHERE tenant = current_user AND next_try <= clock_timestamp()
      ORDER BY next_try LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING call, policy, give_up_at, tries`
  type Row = { call: string; policy: string; give_up_at: Date; tries: number }
  const { rows } = await database.use((client) => client.query<Row>(sql, [most, leaseMs / 1_000]))
  return rows.map(({ call, policy, give_up_at, tries }) => ({ call, policy, giveUpAt: give_up_at.getTime(), tries }))
}
