import requestOn from 'undici/lib/api/api-request.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import { withoutSlashes } from '../lib/slashes.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Endpoint } from '../rules/http/request.ts'
import type { Egress } from './egress-policy.ts'
import { EndpointFault } from './endpoint-fault.ts'
import { hostOf, type ReadSecret } from './mounted-secrets.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** After the path of the url. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface HttpAnswer {
  readonly status: number
  readonly body: Buffer
  /** The header Retry-After, as it came. */
  readonly retryAfter: string | undefined
}

/** The way to one web server. Redirects are not followed. */
export interface Connection {
  /**
   * @param o.isOnce on a connection of its own, so that it is certain whether a request that failed had left us; others share connections,
   * and one that the server is about to close may swallow a request
   * @throws EndpointFault, or the signal's reason
   */
  ask(request: HttpRequest, o: { timeoutMs: number; isOnce: boolean; signal: AbortSignal }): Promise<HttpAnswer>
  close(): Promise<void>
}

/** For a connection with its TLS: who lives answers that within some round trips, however long the answer itself takes. */
const CONNECT_MS = 1_000
const CONNECTIONS = 64
const IDLE_MS = 10_000
/** Octets of an answer. A dialog needs a few values; whoever sends more is mistaken. */
const LONGEST = 256_000

type Tls = NonNullable<Endpoint['tls']>
type Material = { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string }

/** @param url such as https://api.example.org/v1 */
export function createConnection(o: {
  url: string
  tls: Tls | undefined
  secret: ReadSecret
  egress: Egress
  clock: Clock
}): Connection {
  const url = new URL(o.url)
  const { origin, pathname } = url
  const refusal = o.egress.refusal(url)
  const prefix = withoutSlashes(pathname)
  let shared: { readonly pool: Pool; readonly made: string } | undefined

  /** A new pool when a Secret has changed; what is on its way on the old one is finished there. */
  function sharedBy(material: Material): Pool {
    const made = JSON.stringify(material)
    if (shared?.made === made) return shared.pool
    void shared?.pool.close().catch(() => undefined)
    shared = { pool: openPool(origin, material, CONNECTIONS, o.egress), made }
    return shared.pool
  }

  return {
    async ask({ path, ...request }, { timeoutMs, isOnce, signal }) {
      if (refusal !== undefined) throw new EndpointFault('unreachable', refusal, false)
      const material = await readMaterial(o.tls, o.secret, hostOf(o.url))
      signal.throwIfAborted()
      const pool = isOnce ? openPool(origin, material, 1, o.egress) : sharedBy(material)
      const limit = limited(o.clock, timeoutMs, signal)
      let mayBeReceived = !isOnce
      // It comes before the first octet of the request is written.
      if (isOnce) pool.once('connect', () => (mayBeReceived = true))
      try {
        const headers = { 'user-agent': 'callbot', ...request.headers }
        return await readAll(pool, { ...request, headers, path: prefix + path, signal: limit.signal })
      } catch (error) {
        throw signal.aborted ? signal.reason : faultOf(error, limit.isOver, mayBeReceived)
      } finally {
        limit.end()
        if (isOnce) void pool.destroy().catch(() => undefined)
      }
    },
    close: async () => shared?.pool.destroy(),
  }
}

async function readAll(pool: Pool, request: HttpRequest & { signal: AbortSignal }): Promise<HttpAnswer> {
  const answer = await requestOn.call(pool, request)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer.body) {
    length += (chunk as Buffer).length
    if (length > LONGEST) throw new EndpointFault('unusable', `the answer is longer than ${LONGEST} octets`, true)
    chunks.push(chunk as Buffer)
  }
  const after = answer.headers['retry-after']
  return {
    status: answer.statusCode,
    body: Buffer.concat(chunks),
    retryAfter: typeof after === 'string' ? after : undefined,
  }
}

/** A signal that aborts with the caller's, or when the time is over. */
function limited(clock: Clock, ms: number, signal: AbortSignal) {
  const time = new AbortController()
  const cancel = clock.after(ms, () => time.abort())
  return {
    signal: AbortSignal.any([signal, time.signal]),
    get isOver() {
      return time.signal.aborted
    },
    end: cancel,
  }
}

/** Of what went wrong only the code is logged: messages may quote what was sent. */
function faultOf(error: unknown, isOver: boolean, mayBeReceived: boolean): EndpointFault {
  if (error instanceof EndpointFault) return error
  if (isOver) return new EndpointFault('timed-out', 'it did not answer in time', mayBeReceived)
  const { code } = Object(error) as { code?: unknown }
  const because = typeof code === 'string' ? `: ${code}` : ''
  return new EndpointFault('unreachable', `it can't be reached${because}`, mayBeReceived)
}

async function readMaterial(tls: Tls | undefined, secret: ReadSecret, host: string): Promise<Material> {
  if (tls === undefined) return {}
  const { identitySecretRef: own, caSecretRef: trusted, serverName } = tls
  const [identity, authority] = await Promise.all([
    own && secret(own.name, ['tls.crt', 'tls.key'], [host]),
    trusted && secret(trusted.name, [trusted.key], []),
  ])
  return {
    ...(identity && { cert: identity['tls.crt'], key: identity['tls.key'] }),
    ...(trusted && authority && { ca: authority[trusted.key]! }),
    ...(serverName !== undefined && { servername: serverName }),
  }
}

function openPool(origin: string, material: Material, connections: number, { lookup }: Egress): Pool {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    // How long an answer may take is reckoned by each request.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_MS, minVersion: 'TLSv1.2', lookup, ...material },
  })
}
