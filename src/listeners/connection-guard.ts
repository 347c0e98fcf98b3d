import type { Server, Socket } from 'node:net'
import type { Clock } from '../runtime/clock.ts'
import { Connections, type Admitted, type ConnectionLimits } from './connections.ts'

export interface GuardLimits extends ConnectionLimits {
  /** For a TLS handshake, from the first octet of TCP on. */
  readonly handshakeMs: number
  /** What was written must have left for the peer after this time. */
  readonly unreadMs: number
}

export interface Guard {
  readonly connections: Connections
  /** The admission of a socket of the server, be it the TCP connection or the TLS session on it. */
  of(socket: Socket): Admitted | undefined
}

const LOOK_EVERY_MS = 500
const machineTime = { monotonic: () => performance.now() }

/**
 * Puts the limits before a server of any kind, of node:net, tls, http or https: what is refused never becomes a TLS session or a request.
 * Deadlines are overall, so that a peer gains nothing by sending an octet now and then.
 */
export function guard(server: Server, limits: GuardLimits, clock: Pick<Clock, 'monotonic'> = machineTime): Guard {
  const connections = new Connections(limits, clock)
  const known = new WeakMap<Socket, Admitted>()
  // Sockets of TLS sessions say nothing of the socket below but its address.
  const streams = new Map<string, { admitted: Admitted; stream: Socket }>()
  const isSecure = 'setSecureContext' in server
  const serve = server.listeners('connection')
  server.removeAllListeners('connection')
  // Node asks its block list before it makes a socket, which takes ten times as long as the question.
  Object.assign(server, { blockList: { check: (address: string) => connections.isTooFast(address) } })
  server.on('connection', (socket: Socket) => {
    const admitted = connections.admit(socket)
    if (admitted === undefined) return
    known.set(socket, admitted)
    if (!isSecure) admitted.stage = 'idle'
    const key = peerOf(socket)
    const entry = { admitted, stream: socket }
    streams.set(key, entry)
    socket.once('close', () => streams.get(key) === entry && streams.delete(key))
    for (const each of serve) each.call(server, socket)
  })
  server.prependListener('secureConnection', (stream: Socket & { authorized?: boolean }) => {
    const entry = streams.get(peerOf(stream))
    if (entry === undefined) return
    entry.stream = stream
    known.set(stream, entry.admitted)
    entry.admitted.isProven = stream.authorized === true
    connections.progress(entry.admitted, 'idle')
  })
  const timer = setInterval(() => endLate(streams.values(), limits, clock.monotonic()), LOOK_EVERY_MS).unref()
  server.once('close', () => clearInterval(timer))
  return { connections, of: (socket) => known.get(socket) }
}

/** What a peer has not taken yet, and since when. */
const unread = new WeakMap<Socket, number>()

function endLate(all: Iterable<{ admitted: Admitted; stream: Socket }>, limits: GuardLimits, now: number): void {
  for (const { admitted, stream } of all) {
    if (stream.writableLength === 0) unread.delete(stream)
    else if (!unread.has(stream)) unread.set(stream, now)
    const isLate = admitted.stage === 'handshake' && now - admitted.since > limits.handshakeMs
    if (isLate || now - (unread.get(stream) ?? now) > limits.unreadMs) admitted.socket.resetAndDestroy()
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`
