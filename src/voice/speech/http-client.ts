// Two modules alone: the whole of undici (fetch, WebSocket, caches) would cost 10 MiB of memory that nobody uses.
import requestOn from 'undici/lib/api/api-request.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import { withoutSlashes } from '../../lib/slashes.ts'
import { type Egress, REFUSED_ADDRESS } from '../../webclient/egress-policy.ts'
import type { Identity } from '../../pki/identity.ts'

/** What a server answered. */
export interface HttpAnswer {
  readonly status: number
  readonly body: Buffer
}

export interface HttpPost {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly signal: AbortSignal
}

/** One server, over keep-alive connections. */
export interface HttpServer {
  /** @throws Error if no whole answer came, or the signal aborted */
  post(request: HttpPost): Promise<HttpAnswer>
  /** New connections show this identity; what is on its way is finished on the old ones. */
  renew(identity: Identity): void
  close(): Promise<void>
}

const CONNECTIONS = 64
const CONNECT_MS = 3_000
const IDLE_MS = 30_000
/** 16 MB: ten minutes of sound at 24 kHz. More is none of an answer. */
const LONGEST = 16_000_000

/**
 * @param base such as https://speech.example.org/v1
 * @param o.identity for servers of our own CA: shown to them, and they must prove its trust
 * @param o.egress for servers that a tenant names: where they may be. The public authorities are trusted.
 */
export function openServer(base: string, o: { identity: Identity } | { egress: Egress }): HttpServer {
  const url = new URL(base)
  const { origin, pathname } = url
  const { identity, egress } = { identity: undefined, egress: undefined, ...o }
  const refusal = egress?.refusal(url)
  const prefix = withoutSlashes(pathname)
  let pool = openPool(origin, identity, egress)
  return {
    async post({ path, headers, body, signal }) {
      if (refusal !== undefined) throw Object.assign(new Error(refusal), { code: REFUSED_ADDRESS })
      const answer = await requestOn.call(pool, { method: 'POST', path: prefix + path, headers, body, signal })
      const chunks: Buffer[] = []
      let length = 0
      for await (const chunk of answer.body) {
        length += (chunk as Buffer).length
        if (length > LONGEST) throw new Error(`the answer is longer than ${LONGEST} octets`)
        chunks.push(chunk as Buffer)
      }
      return { status: answer.statusCode, body: Buffer.concat(chunks) }
    },
    renew(renewed) {
      if (identity === undefined) return
      const old = pool
      pool = openPool(origin, renewed, egress)
      void old.close().catch(() => undefined)
    },
    close: () => pool.destroy(),
  }
}

function openPool(origin: string, identity: Identity | undefined, egress: Egress | undefined): Pool {
  const tls = identity === undefined ? {} : { ca: identity.ca, cert: identity.cert, key: identity.key }
  return new Pool(origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    // The caller's patience is reckoned elsewhere, for all tries together.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_MS, ...tls, ...(egress && { lookup: egress.lookup }) },
  })
}
