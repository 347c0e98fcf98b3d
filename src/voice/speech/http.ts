// Two modules alone: the whole of undici (fetch, WebSocket, caches) would cost 10 MiB of memory that nobody uses.
import requestOn from 'undici/lib/api/api-request.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import type { Identity } from '../../telephony/identity.ts'

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
 * @param identity for servers of our own CA: shown to them, and they must prove its trust. Absent: the public authorities are trusted.
 */
export function openServer(base: string, identity: Identity | undefined): HttpServer {
  const { origin, pathname } = new URL(base)
  const prefix = pathname.replace(/\/+$/, '')
  let pool = openPool(origin, identity)
  return {
    async post({ path, headers, body, signal }) {
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
      pool = openPool(origin, renewed)
      void old.close().catch(() => undefined)
    },
    close: () => pool.destroy(),
  }
}

function openPool(origin: string, identity: Identity | undefined): Pool {
  const tls = identity === undefined ? {} : { ca: identity.ca, cert: identity.cert, key: identity.key }
  return new Pool(origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    // The caller's patience is reckoned elsewhere, for all tries together.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_MS, ...tls },
  })
}
