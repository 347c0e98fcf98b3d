import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { defaultLimits } from '../wire/sip/limits.ts'
import type { Identity } from './identity.ts'
import { provesOneOf } from './peerName.ts'
import { serveConnection, type Answer, type ConnectionLimits } from './sipsConnection.ts'

export interface SipsLimits extends ConnectionLimits {
  readonly handshakeMs: number
  readonly connections: number
  readonly connectionsPerAddress: number
}

export const defaultSipsLimits: SipsLimits = {
  sip: defaultLimits,
  messageMs: 10_000,
  idleMs: 300_000,
  unsentOctets: 262_144,
  handshakeMs: 5_000,
  connections: 1_024,
  connectionsPerAddress: 128,
}

export interface SipsServer {
  readonly port: number
  /** Used by the handshakes from now on; connections that stand stay as they are. */
  renew(identity: Identity): void
  connections(): number
  /** Takes no new connection, lets what is being sent go out, and resolves when all are closed, `graceMs` later at most. */
  close(graceMs: number): Promise<void>
}

/**
 * SIP over TLS as a server (RFC 3261 26.2.1): a peer must show a certificate of the CA for one of the names in `peers`.
 * @throws Error if the port can't be had
 */
export async function listenSips(o: {
  port: number
  identity: Identity
  peers: readonly string[]
  limits: SipsLimits
  clock: Clock
  log: Log
  answer: Answer
}): Promise<SipsServer> {
  const sockets = new Set<Socket>()
  const secured = new Set<TLSSocket>()
  const server = createServer({
    ...secureContext(o.identity),
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: o.limits.handshakeMs,
  })
  server.on('connection', (socket) => admit(socket, sockets, o.limits))
  server.on('secureConnection', (socket: TLSSocket) => {
    // Here and not in the handshake, since Node's server has no hook for names.
    if (provesOneOf(socket.getPeerX509Certificate()?.subjectAltName, o.peers)) {
      secured.add(socket)
      socket.on('close', () => secured.delete(socket))
      return serveConnection(socket, o)
    }
    o.log.warn({}, 'a peer proved none of the names that may speak here; its connection is closed')
    socket.destroy()
  })
  server.on('tlsClientError', (error: Error & { code?: string }) => {
    o.log.debug({ code: error.code }, 'a TLS handshake failed')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(o.port, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : o.port,
    renew: (identity) => server.setSecureContext(secureContext(identity)),
    connections: () => sockets.size,
    close: (graceMs) =>
      new Promise((resolve) => {
        const cancel = o.clock.after(graceMs, () => sockets.forEach((socket) => socket.destroy()))
        server.close(() => {
          cancel()
          resolve()
        })
        for (const socket of secured) socket.end()
      }),
  }
}

function secureContext({ cert, key, ca }: Identity) {
  // A resumed session would skip the check against a CA that has been replaced meanwhile: none is offered.
  return { cert, key, ca, minVersion: 'TLSv1.2' as const, secureOptions: constants.SSL_OP_NO_TICKET }
}

/** Before the handshake, which is what costs. */
function admit(socket: Socket, sockets: Set<Socket>, limits: SipsLimits): void {
  let same = 0
  for (const other of sockets) if (other.remoteAddress === socket.remoteAddress) same++
  if (sockets.size >= limits.connections || same >= limits.connectionsPerAddress) return void socket.destroy()
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
}
