import { createSecureContext } from 'node:tls'
// Two modules alone: the whole of undici (fetch, WebSocket, caches) would cost 10 MiB of memory that nobody uses.
import requestOn from 'undici/lib/api/api-request.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import type { Clock } from '../runtime/clock.ts'
import type { ProxyAgent } from 'undici'
import type { ClusterConfig, TlsMaterial } from './cluster-config.ts'

/** Each purpose has its own sockets, so that a burst of writes can't hold up the lease, nor a stuck watch a write. */
export type Purpose = 'watch' | 'readwrite' | 'lease' | 'events'

interface PoolLimits {
  /** Sockets at most; null for as many as there are requests at a time. */
  sockets: number | null
  timeoutSeconds: number
  attempts: number
}

export const PURPOSES: Record<Purpose, PoolLimits> = {
  watch: { sockets: null, timeoutSeconds: 30, attempts: 1 },
  readwrite: { sockets: 16, timeoutSeconds: 20, attempts: 5 },
  // The elector has deadlines of its own: a repetition behind its back would lie to it about when a renewal was sent.
  lease: { sockets: 2, timeoutSeconds: 5, attempts: 1 },
  events: { sockets: 1, timeoutSeconds: 10, attempts: 2 },
}

const CONNECT_TIMEOUT_MS = 5_000
const IDLE_MS = 60_000
/** Not more often than this are sockets given up on suspicion: a slow server must not get a storm of handshakes on top. */
const SUSPICION_MS = 10_000

/** The pool of one server, or a proxy's agent, which keeps such a pool for each server. */
type Sockets = Pool | ProxyAgent
export type Options = Parameters<Pool['request']>[0]
export type Answer = Awaited<ReturnType<Pool['request']>>

export interface Connections {
  /** Sends one request on a socket of that purpose. */
  request(purpose: Purpose, options: Options): Promise<Answer>
  /** Reads the TLS material again; when it differs, new requests use new sockets and the old ones end by themselves. */
  renew(): Promise<void>
  /**
   * A socket of that purpose went silent. Where a path broke without a word (a dead node in between), its idle
   * neighbours are dead as well, and each would cost a time-out of its own: new requests use new sockets.
   */
  suspect(purpose: Purpose): void
  close(): Promise<void>
}

export async function createConnections(config: ClusterConfig, clock: Clock): Promise<Connections> {
  let tls = await config.readTls()
  const open = await opener(config)
  const pools = new Map<Purpose, Sockets>()
  const retired = new Set<Sockets>()
  const suspectedAt = new Map<Purpose, number>()
  const poolOf = (purpose: Purpose) => {
    const pool = pools.get(purpose) ?? open(tls, purpose)
    pools.set(purpose, pool)
    return pool
  }
  /** What is on its way on the old sockets is finished there. */
  const retire = (purpose: Purpose) => {
    const pool = pools.get(purpose)
    pools.delete(purpose)
    if (!pool) return
    retired.add(pool)
    const gone = () => retired.delete(pool)
    pool.close().then(gone, gone)
  }
  return {
    request: (purpose, options) => requestOn.call(poolOf(purpose), { ...options, origin: config.server }),
    async renew() {
      const reloaded = await config.readTls().catch(() => tls)
      if (JSON.stringify(reloaded) === JSON.stringify(tls)) return
      tls = reloaded
      for (const purpose of [...pools.keys()]) retire(purpose)
    },
    suspect(purpose) {
      const now = clock.monotonic()
      if (now - (suspectedAt.get(purpose) ?? -Infinity) < SUSPICION_MS) return
      suspectedAt.set(purpose, now)
      retire(purpose)
    },
    async close() {
      await Promise.all([...pools.values(), ...retired].map((pool) => pool.destroy()))
    },
  }
}

/** How sockets of a purpose are opened. What goes through a proxy is loaded only where a kubeconfig names one. */
async function opener({ server, proxyUrl }: ClusterConfig): Promise<(tls: TlsMaterial, purpose: Purpose) => Sockets> {
  if (proxyUrl === undefined)
    return (tls, purpose) => new Pool(server, { ...limitsOf(purpose), connect: tlsOptions(tls) })
  const { default: ProxyAgent } = await import('undici/lib/dispatcher/proxy-agent.js')
  return (tls, purpose) => new ProxyAgent({ ...limitsOf(purpose), uri: proxyUrl, requestTls: tlsOptions(tls) })
}

const limitsOf = (purpose: Purpose) => ({
  connections: PURPOSES[purpose].sockets,
  pipelining: 1,
  allowH2: false,
  keepAliveTimeout: IDLE_MS,
  connectTimeout: CONNECT_TIMEOUT_MS,
})

const tlsOptions = (tls: TlsMaterial) => ({
  timeout: CONNECT_TIMEOUT_MS,
  // Made once: each socket would read the PEM texts again and keep what it made of them.
  secureContext: createSecureContext({ ca: tls.ca, cert: tls.cert, key: tls.key }),
  servername: tls.serverName,
  rejectUnauthorized: !tls.insecure,
})
