// Two modules alone: the whole of undici (fetch, WebSocket, caches) would cost 10 MiB of memory that nobody uses.
import requestOn from 'undici/lib/api/api-request.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import type { ClusterConfig, TlsMaterial } from './cluster.ts'

/** Each purpose has its own sockets, so that a burst of writes can't hold up the lease, nor a stuck watch a write. */
export type Purpose = 'watch' | 'readwrite' | 'lease' | 'events'

interface Way {
  /** Sockets at most; null for as many as there are requests at a time. */
  sockets: number | null
  timeoutSeconds: number
  attempts: number
}

export const PURPOSES: Record<Purpose, Way> = {
  watch: { sockets: null, timeoutSeconds: 30, attempts: 1 },
  readwrite: { sockets: 16, timeoutSeconds: 30, attempts: 5 },
  // The elector has deadlines of its own: a repetition behind its back would lie to it about when a renewal was sent.
  lease: { sockets: 2, timeoutSeconds: 5, attempts: 1 },
  events: { sockets: 1, timeoutSeconds: 10, attempts: 2 },
}

const CONNECT_TIMEOUT_MS = 5_000
const IDLE_MS = 60_000

export type Options = Parameters<Pool['request']>[0]
export type Answer = Awaited<ReturnType<Pool['request']>>

export interface Connections {
  /** Sends one request on a socket of that purpose. */
  request(purpose: Purpose, options: Options): Promise<Answer>
  /** Reads the TLS material again; when it differs, new requests use new sockets and the old ones end by themselves. */
  renew(): Promise<void>
  close(): Promise<void>
}

export async function createConnections(config: ClusterConfig): Promise<Connections> {
  let tls = await config.readTls()
  let pools = openPools(config.server, tls)
  return {
    request: (purpose, options) => requestOn.call(pools[purpose], options),
    async renew() {
      const fresh = await config.readTls().catch(() => tls)
      if (JSON.stringify(fresh) === JSON.stringify(tls)) return
      const old = pools
      tls = fresh
      pools = openPools(config.server, tls)
      for (const pool of Object.values(old)) void pool.close().catch(() => {})
    },
    async close() {
      await Promise.all(Object.values(pools).map((pool) => pool.destroy()))
    },
  }
}

function openPools(server: string, tls: TlsMaterial): Record<Purpose, Pool> {
  const open = (purpose: Purpose) =>
    new Pool(server, {
      connections: PURPOSES[purpose].sockets,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        ca: tls.ca,
        cert: tls.cert,
        key: tls.key,
        servername: tls.serverName,
        rejectUnauthorized: !tls.insecure,
      },
    })
  return { watch: open('watch'), readwrite: open('readwrite'), lease: open('lease'), events: open('events') }
}
