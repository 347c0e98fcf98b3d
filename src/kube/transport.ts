import { pause, type Clock } from '../runtime/clock.ts'
import { systemClock } from '../runtime/system-clock.ts'
import type { ClusterConfig } from './cluster-config.ts'
import {
  createConnections,
  PURPOSES,
  type Answer,
  type Connections,
  type Options,
  type Purpose,
} from './connection-pools.ts'
import { failureOf, isSilence, isTlsFailure } from './network-failure.ts'
import { apiErrorFrom, isUnauthorized, Unreachable } from './errors.ts'
import { LineSplitter } from './line-splitter.ts'
import { mayRetry, retryDelay } from './retry.ts'

export type { Purpose } from './connection-pools.ts'

export interface KubeRequest {
  purpose: Purpose
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As `pathOf` makes it. */
  path: string
  /** Members that are undefined are left out. */
  query?: Record<string, string | number | boolean | undefined>
  /** Sent as JSON. */
  body?: unknown
  /** `application/json` by default; patches need theirs. */
  contentType?: string
  signal?: AbortSignal
  /** For each try, once connected (5 s at most): until the head of the answer, and between two pieces of its body. */
  timeoutSeconds?: number
  /** How often it may be sent in all; the default depends on the purpose. */
  attempts?: number
  /** Sending it twice does no more than sending it once. GET is; server-side apply is; a POST is not. */
  repeatable?: boolean
}

export interface KubeResponse {
  status: number
  /** Parsed JSON; undefined when the answer had no body. */
  body: unknown
}

export interface Transport {
  /** Throws ApiError for any answer but 2xx, Unreachable when none came, and the signal's reason when aborted. */
  request(r: KubeRequest): Promise<KubeResponse>
  /** The body line by line, until the server ends it. Never retries. Same errors; silence longer than the time-out is Unreachable. */
  stream(r: KubeRequest): AsyncIterable<string>
  close(): Promise<void>
}

export interface TransportOptions {
  config: ClusterConfig
  userAgent?: string
  clock?: Clock
  /** In [0, 1). */
  chance?: () => number
  /** Called for each answer, or failed try (code `<error>`), as rest_client_requests_total counts. */
  onRequest?: (seen: { code: string; method: string; host: string }) => void
  /** The API server says that something we do is deprecated or useless. */
  onWarning?: (text: string) => void
  /** The header Date of an answer. */
  onDate?: (date: string) => void
}

/** One way to the API server for a whole process. Reads the TLS material now, so a wrong path fails at the start. */
export async function createTransport(o: TransportOptions): Promise<Transport> {
  const connections = await createConnections(o.config, o.clock ?? systemClock)
  const wire = new Wire(o, connections)
  return {
    request: (r) => requestWithRetries(wire, r),
    stream: (r) => streamLines(wire, r),
    close: () => connections.close(),
  }
}

class Wire {
  readonly o: TransportOptions
  readonly clock: Clock
  readonly chance: () => number
  readonly #connections: Connections
  readonly #host: string

  constructor(o: TransportOptions, connections: Connections) {
    this.o = o
    this.clock = o.clock ?? systemClock
    this.chance = o.chance ?? Math.random
    this.#connections = connections
    this.#host = new URL(o.config.server).host
  }

  /** Sends once; a second time with a fresh token when the first was refused with 401. */
  async send<T>(r: KubeRequest, read: (answer: Answer) => Promise<T>): Promise<T> {
    try {
      return await this.#sendOnce(r, read)
    } catch (error) {
      if (!isUnauthorized(error) || !this.o.config.credentials.renew()) throw error
      await this.#connections.renew() // a credential plugin may give a certificate
      return await this.#sendOnce(r, read)
    }
  }

  async #sendOnce<T>(r: KubeRequest, read: (answer: Answer) => Promise<T>): Promise<T> {
    const authorization = await this.o.config.credentials.header()
    try {
      const answer = await this.#connections.request(r.purpose, this.#optionsFor(r, authorization))
      this.#saw(String(answer.statusCode), r)
      this.#warn(answer.headers.warning)
      if (typeof answer.headers.date === 'string') this.o.onDate?.(answer.headers.date)
      if (answer.statusCode >= 200 && answer.statusCode < 300) return await read(answer)
      const retryAfter = answer.headers['retry-after']
      throw apiErrorFrom(answer.statusCode, await answer.body.text(), `${r.method} ${r.path}`, single(retryAfter))
    } catch (error) {
      throw await this.#explain(error, r)
    }
  }

  #optionsFor(r: KubeRequest, authorization: string | undefined): Options {
    const usual = PURPOSES[r.purpose].timeoutSeconds
    const silence = r.timeoutSeconds ?? usual
    const headers: Record<string, string | string[]> = {
      accept: 'application/json',
      'user-agent': this.o.userAgent ?? 'callbots',
      ...this.o.config.headers,
    }
    if (authorization) headers.authorization = authorization
    if (r.body !== undefined) headers['content-type'] = r.contentType ?? 'application/json'
    return {
      method: r.method,
      path: r.path + queryText(r.query),
      headers,
      body: r.body === undefined ? undefined : JSON.stringify(r.body),
      signal: r.signal,
      headersTimeout: Math.min(usual, silence) * 1000,
      bodyTimeout: silence * 1000,
    }
  }

  async #explain(error: unknown, r: KubeRequest): Promise<unknown> {
    if (r.signal?.aborted) return r.signal.reason
    const failure = failureOf(error)
    if (!failure) return error
    this.#saw('<error>', r)
    if (isTlsFailure(failure.code)) await this.#connections.renew()
    if (isSilence(failure.code)) this.#connections.suspect(r.purpose)
    return new Unreachable({ method: r.method, path: r.path, ...failure, cause: error })
  }

  #saw(code: string, r: KubeRequest): void {
    this.o.onRequest?.({ code, method: r.method, host: this.#host })
  }

  #warn(header: string | string[] | undefined): void {
    if (header === undefined || !this.o.onWarning) return
    for (const text of [header].flat()) this.o.onWarning(text)
  }
}

async function requestWithRetries(wire: Wire, r: KubeRequest): Promise<KubeResponse> {
  const attempts = r.attempts ?? PURPOSES[r.purpose].attempts
  for (let failures = 1; ; failures++) {
    try {
      return await wire.send(r, readJson)
    } catch (error) {
      if (failures >= attempts || !mayRetry(error, r.repeatable ?? r.method === 'GET')) throw error
      await pause(wire.clock, retryDelay(failures, wire.chance(), error), r.signal)
      r.signal?.throwIfAborted()
    }
  }
}

async function readJson(answer: Answer): Promise<KubeResponse> {
  const text = await answer.body.text()
  return { status: answer.statusCode, body: text === '' ? undefined : JSON.parse(text) }
}

async function* streamLines(wire: Wire, r: KubeRequest): AsyncIterable<string> {
  const body = await wire.send(r, async (answer) => answer.body)
  const lines = new LineSplitter()
  try {
    for await (const chunk of body) yield* lines.push(chunk as Buffer)
  } catch (error) {
    if (r.signal?.aborted) throw r.signal.reason
    const failure = failureOf(error)
    throw failure ? new Unreachable({ method: r.method, path: r.path, ...failure, cause: error }) : error
  }
}

function queryText(query: KubeRequest['query']): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined)
  if (pairs.length === 0) return ''
  return `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`
}

const single = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header)
