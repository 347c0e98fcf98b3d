import requestOn from 'undici/lib/api/api-request.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import type { Identity } from '../../pki/identity.ts'
import type { CallRecords } from '../record/call-record.ts'

export interface RecordsAnswer {
  readonly status: number
  /** Seconds that it asks us to wait. */
  readonly retryAfter: number | undefined
}

/** The program records of the namespace, by TLS with both certificates verified. A connection is opened by the first request. */
export interface RecordsClient {
  /** @throws Error when no answer came */
  put(place: string, call: string, body: Buffer, signal: AbortSignal): Promise<RecordsAnswer>
  /** New connections show this identity. */
  renew(identity: Identity): void
  close(): Promise<void>
}

const CONNECT_MS = 3_000
const IDLE_MS = 30_000
/** Of an answer, which says why it is a refusal. */
const LONGEST = 65_536

export interface RecordsClientOptions {
  readonly identity: Identity
  /** To be stored, or to be delivered from memory. */
  readonly to: CallRecords['to']
  readonly connections: number
}

export function createRecordsClient({ identity: first, to, connections }: RecordsClientOptions): RecordsClient {
  let identity = first
  let open: { readonly place: string; readonly pool: Pool } | undefined
  const letGo = () => {
    void open?.pool.close().catch(() => undefined)
    open = undefined
  }
  function poolOf(place: string): Pool {
    if (open?.place !== place) letGo()
    open ??= { place, pool: openPool(place, identity, connections) }
    return open.pool
  }
  return {
    async put(place, call, body, signal) {
      const headers = { 'content-type': 'application/json' }
      const path = `/${to === 'Store' ? 'calls' : 'deliveries'}/${call}`
      const answer = await requestOn.call(poolOf(place), { method: 'PUT', path, headers, body, signal })
      let length = 0
      for await (const chunk of answer.body) {
        length += (chunk as Buffer).length
        if (length > LONGEST) throw new Error(`the answer is longer than ${LONGEST} octets`)
      }
      const after = Number(answer.headers['retry-after'])
      return { status: answer.statusCode, retryAfter: after >= 0 ? after : undefined }
    },
    renew(renewed) {
      identity = renewed
      letGo()
    },
    close: async () => open?.pool.destroy(),
  }
}

const openPool = (place: string, { ca, cert, key }: Identity, connections: number): Pool =>
  new Pool(`https://${place}`, {
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    // Each request has a signal that ends it.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_MS, minVersion: 'TLSv1.3', ca, cert, key },
  })
