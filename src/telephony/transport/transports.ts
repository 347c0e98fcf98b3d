import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { NextHop, TlsProfile } from '../call.ts'
import type { Identity } from '../../pki/identity.ts'
import { Connection } from './connection.ts'
import type { Flow, Receive } from './flow.ts'
import type { TransportLimits } from './limits.ts'
import { createOutgoing } from './outgoing-connections.ts'
import { listenStream } from './stream-server.ts'
import { listenUdp, type UdpServer } from './udp.ts'

export interface TransportOptions {
  readonly host: string
  readonly listen: { readonly [name in 'udp' | 'tcp' | 'tls']?: { readonly port: number } }
  /** Needed to listen on TLS, and used where a hop brings no profile of its own. */
  readonly tls?: { readonly identity: Identity; readonly peers: readonly string[] }
  readonly limits: TransportLimits
  readonly clock: Clock
  readonly log: Log
  readonly receive: Receive
}

export interface Transports {
  readonly ports: { readonly udp?: number; readonly tcp?: number; readonly tls?: number }
  /**
   * A flow to that hop: one that we opened before and that still stands, or a new one.
   * @throws Error if it can't be reached or isn't who it should be, or all is closed
   */
  open(hop: NextHop): Promise<Flow>
  /** The flow to a UDP address without any look-up; undefined if UDP is not open here. */
  udpTo(address: string, port: number): Flow | undefined
  renew(identity: Identity): void
  close(graceMs: number): Promise<void>
}

/** @throws Error if a port can't be had, or TLS is asked for without an identity */
export async function openTransports(o: TransportOptions): Promise<Transports> {
  let own = o.tls
  if (o.listen.tls !== undefined && own === undefined) throw new Error('TLS needs an identity: give tls')
  const server = (port: number, tls: TransportOptions['tls']) =>
    listenStream({
      ...o,
      port,
      tls,
      onConnection: (socket, localPort) => void new Connection(socket, { ...o, localPort, isOurs: false }),
    })
  const udp = o.listen.udp && (await listenUdp({ ...o, ...o.listen.udp }))
  const tcp = o.listen.tcp && (await server(o.listen.tcp.port, undefined))
  const tls = o.listen.tls && (await server(o.listen.tls.port, own))
  const ports = { udp: udp?.port, tcp: tcp?.port, tls: tls?.port }
  const outgoing = createOutgoing({ ...o, localPort: ({ transport }) => (transport === 'TLS' ? ports.tls : ports.tcp) })

  function profileOf(hop: NextHop): TlsProfile | undefined {
    if (hop.transport !== 'TLS') return undefined
    if (hop.tls !== undefined) return hop.tls
    if (own === undefined) throw new Error('TLS needs an identity: give tls')
    return { ca: own.identity.ca, cert: own.identity.cert, key: own.identity.key, names: own.peers }
  }

  async function open(hop: NextHop): Promise<Flow> {
    return hop.transport === 'UDP' ? openUdp(udp, hop) : outgoing.open(hop, profileOf(hop))
  }

  return {
    ports,
    open,
    udpTo: (address, port) => udp?.flowTo(address, port),
    renew(identity) {
      if (own !== undefined) own = { ...own, identity }
      tls?.renew(identity)
    },
    async close(graceMs) {
      await Promise.all([udp, tcp, tls].map((each) => each?.close(graceMs)))
      outgoing.close()
    },
  }
}

async function openUdp(udp: UdpServer | undefined, { host, port }: NextHop): Promise<Flow> {
  if (udp === undefined) throw new Error('UDP is not open here: give listen.udp')
  const address = isIP(host) === 0 ? (await lookup(host)).address : host
  return udp.flowTo(address, port)
}
