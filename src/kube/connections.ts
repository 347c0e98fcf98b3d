import { Pool } from 'undici'
import type { ClusterConfig, TlsMaterial } from './config.ts'

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

export interface Connections {
  pool(purpose: Purpose): Pool
  /** Reads the TLS material again; when it differs, new requests use new sockets and the old ones end by themselves. */
  renew(): Promise<void>
  close(): Promise<void>
}

export async function createConnections(config: ClusterConfig): Promise<Connections> {
  let tls = await config.readTls()
  let pools = openPools(config.server, tls)
  return {
    pool: (purpose) => pools[purpose],
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

/** Codes with which a connection fails before a request can have left on it. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

const TLS_CODES = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/

export function isTlsFailure(code: string): boolean {
  return TLS_CODES.test(code)
}

/** Tells what kept a request from being answered; undefined for errors that are none of the network's. */
export function failureOf(error: unknown): { code: string; mayHaveArrived: boolean } | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = (at as NodeJS.ErrnoException).code
    if (typeof code !== 'string' || !/^(E[A-Z]+|UND_ERR_[A-Z_]+|.*CERT.*|ERR_(TLS|SSL)_.*)$/.test(code)) continue
    if (code === 'UND_ERR_INVALID_ARG' || code.startsWith('ERR_INVALID')) return undefined
    return { code, mayHaveArrived: !NEVER_SENT.has(code) && !isTlsFailure(code) }
  }
  return undefined
}
