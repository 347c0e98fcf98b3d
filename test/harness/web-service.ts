import { once } from 'node:events'
import {
  createServer as createHttp,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer as createTcp, type AddressInfo, type Socket } from 'node:net'
import type { Authority } from './authority.ts'

/**
 * What is wrong with a web service.
 * - `refuses`: its port is closed
 * - `drops`: it takes connections and closes them
 * - `mute`: it takes connections and says nothing on them, not even TLS: a process that is frozen
 * - `hangs`: it takes requests and never answers
 * - `slow`: it answers, long after anybody waits
 * - `fails`: it answers 503
 * - `resets`: it takes requests and resets their connections
 * - `breaks`: it resets in the middle of its answers
 */
export const FAULTS = ['refuses', 'drops', 'mute', 'hangs', 'slow', 'fails', 'resets', 'breaks'] as const
export type Mode = 'answers' | (typeof FAULTS)[number]

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A client's web service over real sockets, which can fail in many ways and recover. */
export interface WebService {
  /** Base address, with a path of its own. */
  readonly url: string
  readonly mode: Mode
  /** All requests but probes, as they came. */
  readonly received: Received[]
  probes: number
  /** When the last request or probe of a drill came, by performance.now(); 0: none did. */
  lastMarkedAt: number
  /** Connections that were taken. */
  connections: number
  /** What it answers to a request. */
  answer: (request: Received) => {
    readonly status: number
    readonly body?: string
    readonly headers?: Record<string, string>
  }
  fall(mode: Mode): Promise<void>
  close(): Promise<void>
}

const SLOW_MS = 4_000
/** Where probes ask. */
const PROBE = '/v1/health'

export async function startWebService(
  o: {
    /** TLS with a certificate of this authority for `localhost`; absent: plain. */
    authority?: Authority
    /** Authority whose certificates clients must show. */
    clients?: Authority
    /** Where it listens. Default: loopback. */
    address?: string
  } = {},
): Promise<WebService> {
  const { address = '127.0.0.1' } = o
  const sockets = new Set<Socket>()
  const it = { mode: 'answers' as Mode, received: [] as Received[], probes: 0, connections: 0, lastMarkedAt: 0 }
  const service = Object.assign(it, { answer: (() => ({ status: 200, body: '{}' })) as WebService['answer'] })
  // Beneath TLS: only the TCP socket can be reset.
  const reset = (port: number | undefined) =>
    [...sockets].find(({ remotePort }) => remotePort === port)?.resetAndDestroy()
  const handle = (request: IncomingMessage, response: ServerResponse) => void serve(service, request, response, reset)
  const http = o.authority === undefined ? createHttp(handle) : createHttps(tls(o.authority, o.clients), handle)
  http.on('tlsClientError', () => undefined)
  const front = createTcp((socket) => {
    it.connections++
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    if (it.mode === 'drops') socket.destroy()
    else if (it.mode !== 'mute') http.emit('connection', socket)
  })
  const cut = () => sockets.forEach((socket) => socket.destroy())
  front.listen(0, address)
  await once(front, 'listening')
  const { port } = front.address() as AddressInfo
  const shut = async () => {
    cut()
    if (!front.listening) return
    front.close()
    await once(front, 'close')
  }
  return Object.assign(service, {
    url: `${o.authority === undefined ? 'http' : 'https'}://${o.address ?? 'localhost'}:${port}/v1`,
    async fall(mode: Mode) {
      it.mode = mode
      if (mode === 'refuses') return shut()
      // Connections of better days would hide that new ones fail.
      if (mode === 'drops' || mode === 'mute') cut()
      if (front.listening) return
      front.listen(port, address)
      await once(front, 'listening')
    },
    async close() {
      http.closeAllConnections()
      await shut()
    },
  })
}

async function serve(
  service: Omit<WebService, 'url' | 'fall' | 'close'>,
  request: IncomingMessage,
  response: ServerResponse,
  reset: (port: number | undefined) => void,
) {
  const { mode } = service
  const { method = '', url = '', headers } = request
  const received = { method, url, headers, body: '' }
  // At its first octets: a request that could not be read to its end has been received all the same.
  if (headers['x-callbot-test'] !== undefined) service.lastMarkedAt = performance.now()
  if (url === PROBE) service.probes++
  else service.received.push(received)
  for await (const chunk of request.setEncoding('utf8')) received.body += chunk
  const answer = () => {
    const { status, body = '{}', headers: more } = service.answer(received)
    response.writeHead(status, { 'content-type': 'application/json', ...more }).end(body)
  }
  switch (mode) {
    case 'hangs':
      return
    case 'resets':
      return reset(request.socket.remotePort)
    case 'fails':
      return response.writeHead(503).end('{"detail":"too much to do"}')
    case 'breaks':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"half":')
      return setTimeout(() => reset(request.socket.remotePort), 10)
    case 'slow':
      return setTimeout(answer, SLOW_MS)
    default:
      return answer()
  }
}

function tls(authority: Authority, clients: Authority | undefined) {
  const own = authority.issue(['localhost'])
  const asked = clients === undefined ? {} : { ca: clients.cert, requestCert: true, rejectUnauthorized: true }
  return { ...own, ...asked }
}
