import { codeOf } from '../../runtime/log-fields.ts'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { guard } from '../../listeners/connection-guard.ts'
import { BACKLOG, secureContext } from '../../listeners/sockets.ts'
import type { Identity } from '../../pki/identity.ts'
import { provesOneOf } from '../../pki/peer-names.ts'
import type { TransportLimits } from './limits.ts'

export interface StreamServer {
  readonly port: number
  /** Used by the handshakes from now on; connections that stand stay as they are. */
  renew(identity: Identity): void
  /** Takes no new connection, lets what is being sent go out, and resolves when all are closed, `graceMs` later at most. */
  close(graceMs: number): Promise<void>
}

export interface StreamServerOptions {
  readonly port: number
  /** With it: TLS, and a peer must show a certificate of the CA for one of the names (RFC 3261 26.2.1). */
  readonly tls?: { readonly identity: Identity; readonly peers: readonly string[] }
  readonly limits: TransportLimits
  readonly clock: Clock
  readonly log: Log
  readonly onConnection: (socket: Socket, port: number) => void
}

/**
 * SIP over TCP or TLS as a server.
 * @throws Error if the port can't be had
 */
export async function listenStream(o: StreamServerOptions): Promise<StreamServer> {
  const ready = new Set<Socket>()
  const serve = (socket: Socket) => {
    settle(socket)
    ready.add(socket)
    socket.on('close', () => ready.delete(socket))
    o.onConnection(socket, portOf(server) ?? o.port)
  }
  const server = o.tls === undefined ? createTcpServer(serve) : secureServer(o, o.tls, serve)
  const { connections, of } = guard(server, { ...o.limits, unreadMs: Infinity }, o.clock)
  // Who may speak SIP here gives way to nobody: its connection may carry calls.
  const settle = (socket: Socket) => {
    const admitted = of(socket)
    if (admitted === undefined) return
    admitted.isProven = true
    connections.progress(admitted, 'busy')
  }
  await listening(server, o.port)
  return {
    port: portOf(server) ?? o.port,
    renew: (identity) => (server as TlsServer).setSecureContext?.(secureContext(identity)),
    close: (graceMs) =>
      new Promise((resolve) => {
        const cancel = o.clock.after(graceMs, () => {
          for (const { socket } of connections.all()) socket.destroy()
        })
        server.close(() => {
          cancel()
          resolve()
        })
        for (const socket of ready) socket.end()
      }),
  }
}

function secureServer(
  o: StreamServerOptions,
  { identity, peers }: NonNullable<StreamServerOptions['tls']>,
  serve: (socket: TLSSocket) => void,
): TlsServer {
  const server = createTlsServer({
    ...secureContext(identity),
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: o.limits.handshakeMs,
  })
  server.on('secureConnection', (socket: TLSSocket) => {
    // Here and not in the handshake, since Node's server has no hook for names.
    if (provesOneOf(socket.getPeerX509Certificate()?.subjectAltName, peers)) return serve(socket)
    o.log.warn({}, 'the certificate of a peer has none of the permitted names; its connection is closed')
    socket.destroy()
  })
  server.on('tlsClientError', (error: Error & { code?: string }) => {
    o.log.debug({ code: codeOf(error) }, 'a TLS handshake failed')
  })
  return server
}

function portOf(server: Server): number | undefined {
  const address = server.address()
  return typeof address === 'object' ? address?.port : undefined
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, backlog: BACKLOG }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
