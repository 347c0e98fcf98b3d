import { createHash } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { Hop, TlsProfile, TransportName } from '../call.ts'
import type { Identity } from '../identity.ts'
import { Connection } from './connection.ts'
import { dial } from './dial.ts'
import type { Flow, Receive } from './flow.ts'
import type { TransportLimits } from './limits.ts'
import { listenStream, type StreamServer } from './streamServer.ts'
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
   * @throws Error if it can't be reached or isn't who it should be
   */
  open(hop: Hop): Promise<Flow>
  /** The flow to a UDP address without any look-up; undefined if UDP is not open here. */
  udpTo(address: string, port: number): Flow | undefined
  renew(identity: Identity): void
  close(graceMs: number): Promise<void>
}

/** @throws Error if a port can't be had, or TLS is asked for without an identity */
export async function openTransports(o: TransportOptions): Promise<Transports> {
  let own = o.tls
  if (o.listen.tls !== undefined && own === undefined) throw new Error('TLS needs an identity: give tls')
  /** The connections that we opened, by where they lead. */
  const ours = new Map<string, Promise<Flow>>()
  const closers = new Set<() => void>()
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

  function profileOf(hop: Hop): TlsProfile | undefined {
    if (hop.transport !== 'TLS') return undefined
    if (hop.tls !== undefined) return hop.tls
    if (own === undefined) throw new Error('TLS needs an identity: give tls')
    return { ca: own.identity.ca, cert: own.identity.cert, key: own.identity.key, names: own.peers }
  }

  async function connect(hop: Hop, profile: TlsProfile | undefined): Promise<Flow> {
    const socket = await dial(hop, profile, { connectMs: o.limits.connectMs, clock: o.clock })
    const localPort = hop.transport === 'TLS' ? ports.tls : ports.tcp
    const flow = new Connection(socket, { ...o, isOurs: true, ...(localPort === undefined ? {} : { localPort }) })
    const destroy = () => socket.destroy()
    closers.add(destroy)
    flow.onClose(() => closers.delete(destroy))
    return flow
  }

  async function open(hop: Hop): Promise<Flow> {
    if (hop.transport === 'UDP') return openUdp(udp, hop)
    const profile = profileOf(hop)
    const key = keyOf(hop, profile)
    const before = ours.get(key)
    if (before === undefined) {
      const opening = connect(hop, profile)
      ours.set(key, opening)
      return opening
    }
    const flow = await before.catch(() => undefined)
    if (flow?.isOpen) return flow
    if (ours.get(key) === before) ours.delete(key)
    return open(hop)
  }

  return {
    ports,
    open,
    udpTo: (address, port) => udp?.flowTo(address, port),
    renew(identity) {
      if (own !== undefined) own = { ...own, identity }
      tls?.renew(identity)
    },
    close: (graceMs) => closeAll([udp, tcp, tls], closers, graceMs),
  }
}

async function openUdp(udp: UdpServer | undefined, { host, port }: Hop): Promise<Flow> {
  if (udp === undefined) throw new Error('UDP is not open here: give listen.udp')
  const address = isIP(host) === 0 ? (await lookup(host)).address : host
  return udp.flowTo(address, port)
}

/** Another identity or other names are another connection: one tenant's trunk never goes over that of another. */
function keyOf({ transport, host, port }: { transport: TransportName; host: string; port: number }, tls?: TlsProfile) {
  if (tls === undefined) return `${transport} ${host} ${port}`
  const hash = createHash('sha256')
    .update([tls.ca, tls.cert ?? '', ...tls.names].join('\0'))
    .digest('base64')
  return `${transport} ${host} ${port} ${hash}`
}

async function closeAll(
  servers: readonly (StreamServer | UdpServer | undefined)[],
  closers: ReadonlySet<() => void>,
  graceMs: number,
): Promise<void> {
  await Promise.all(servers.map((server) => server?.close(graceMs)))
  for (const close of closers) close()
}
