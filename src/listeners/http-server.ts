import type { IncomingMessage, Server as PlainServer, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { guard, type Guard, type GuardLimits } from './connection-guard.ts'
import { secureContext, type Certificates } from './sockets.ts'

/*
 * Not by `import`: that would evaluate every export of the module, WebSocket among them, for which Node loads a whole
 * client with HTTP/2, web streams and compression: 6 MiB in every pod.
 */
const { createServer: createPlainServer } = process.getBuiltinModule('node:http')

export interface HttpLimits extends GuardLimits {
  /** For all headers of a request, from the connection's or the request's beginning on. */
  readonly headersMs: number
  /** For a whole request, body included. */
  readonly requestMs: number
  /** How long a connection may be without a request after the first. */
  readonly keepAliveMs: number
}

/** For listeners that few peers ask small things of: probes, states, metrics, reviews. */
export const defaultHttpLimits: HttpLimits = {
  connections: 256,
  connectionsPerAddress: 32,
  newPerSecond: 100,
  newPerSecondPerAddress: 30,
  handshakeMs: 3_000,
  unreadMs: 10_000,
  headersMs: 5_000,
  requestMs: 5_000,
  keepAliveMs: 10_000,
}

export interface TlsOptions extends Certificates {
  /** Of clients. Wanted: who shows none is served all the same, and has proved nothing. Default: none is asked for. */
  readonly clientCertificate?: 'required' | 'wanted'
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

const LONGEST_HEADERS = 16_384

/**
 * Node reads requests into a buffer of 64 KiB that a thread keeps, and the last one stays in it. Whoever listens for the data of a connection
 * gets it in a buffer of its own, which is overwritten here once the parser has copied what it needs.
 */
const overwriteRead = (socket: Socket) => void socket.on('data', (read: Buffer) => read.fill(0))

/** A server with all limits in place, not listening yet. Every HTTP(S) listener of ours is made here. */
export function createServer(
  o: { tls?: TlsOptions; limits?: Partial<HttpLimits>; isPersonal?: boolean },
  handler: Handler,
): PlainServer | SecureServer {
  const limits = { ...defaultHttpLimits, ...o.limits }
  const options: ServerOptions = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    // Node looks every 30 s otherwise, and a timeout of 5 s takes up to 35 s.
    connectionsCheckingInterval: 500,
    maxHeaderSize: LONGEST_HEADERS,
  }
  const server =
    o.tls === undefined
      ? createPlainServer(options)
      : createSecureServer({
          ...options,
          ...secureContext(o.tls),
          handshakeTimeout: limits.handshakeMs,
          requestCert: o.tls.clientCertificate !== undefined,
          rejectUnauthorized: o.tls.clientCertificate === 'required',
        })
  if (o.isPersonal === true) server.on(o.tls === undefined ? 'connection' : 'secureConnection', overwriteRead)
  const guarded = guard(server, limits)
  server.on('request', (request, response) => {
    if (follow(guarded, request, response)) handler(request, response)
  })
  return server
}

/** Requests that a peer may send before the answer to the first. Ours send one; thousands in a packet fill the heap and take 20 µs each. */
const MOST_AT_A_TIME = 4

/** Counts the requests of a connection, which is not idle while there is one. False: there are too many, and it is reset. */
function follow({ of, connections }: Guard, request: IncomingMessage, response: ServerResponse): boolean {
  const admitted = of(request.socket)
  if (admitted === undefined) return true
  if (admitted.requests >= MOST_AT_A_TIME) {
    connections.banish(admitted)
    return false
  }
  admitted.requests++
  connections.progress(admitted, 'busy')
  response.once('close', () => {
    if (--admitted.requests === 0) connections.progress(admitted, 'idle')
  })
  return true
}
