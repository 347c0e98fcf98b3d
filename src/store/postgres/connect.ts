import { Pool, type PoolClient, type PoolConfig } from 'pg'
import type { Identity } from '../../pki/identity.ts'

export interface DatabaseAddress {
  /** Name in the certificate of the server. */
  readonly host: string
  readonly port: number
  readonly database: string
  /** Authority of its certificate, PEM. Default: that of the identity. */
  readonly ca?: string | undefined
}

export interface ConnectOptions extends DatabaseAddress {
  /** The role, which the common name of the certificate has to name. */
  readonly role: string
  readonly identity: Pick<Identity, 'cert' | 'key' | 'ca'>
  /** Default: 4. */
  readonly connections?: number
  /** For a statement, and to connect. Default: 5000. */
  readonly timeoutMs?: number
}

/** Connections of one role, by TLS with both certificates verified. One that breaks is replaced when the next is needed. */
export interface Database {
  use<T>(work: (client: PoolClient) => Promise<T>): Promise<T>
  /** A statement that is refused ends the transaction, and not the connection. */
  transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function connect(o: ConnectOptions): Database {
  const { role, identity, connections = 4, timeoutMs = 5_000, ca = identity.ca, ...address } = o
  const config: PoolConfig = {
    ...address,
    user: role,
    max: connections,
    ssl: { ca, cert: identity.cert, key: identity.key, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    // A server that went away without a word doesn't end a statement.
    query_timeout: timeoutMs * 2,
    idle_in_transaction_session_timeout: timeoutMs,
    keepAlive: true,
    application_name: 'callbot',
  }
  const pool = new Pool(config)
  // An idle connection broke: the next use opens another, and reports it if that fails.
  pool.on('error', () => undefined)
  const use = async <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    let broken = true
    // Besides failing the query, a connection that breaks in use reports an error, which would end the process if nobody took it.
    const taken = () => undefined
    client.on('error', taken)
    try {
      const result = await work(client)
      broken = false
      return result
    } finally {
      if (!broken) client.off('error', taken)
      // After a failure nobody knows what the session is in the middle of.
      client.release(broken)
    }
  }
  return {
    use,
    async transaction(work) {
      const ended = await use(async (client) => {
        await client.query('BEGIN')
        try {
          const result = await work(client)
          await client.query('COMMIT')
          return { result }
        } catch (error) {
          // Of a connection that broke, what broke it says more.
          await client.query('ROLLBACK').catch(() => Promise.reject(error as Error))
          return { error }
        }
      })
      if ('error' in ended) throw ended.error
      return ended.result
    },
    close: () => pool.end(),
  }
}

/** The database as one tenant sees it. @param database connected as `callbot_store`, and shared by all tenants */
export function asTenant(
  { transaction }: Pick<Database, 'transaction'>,
  tenant: string,
): Pick<Database, 'transaction'> {
  return {
    transaction: (work) =>
      transaction(async (client) => {
        await client.query("SELECT set_config('callbot.tenant', $1, true)", [tenant])
        return work(client)
      }),
  }
}
