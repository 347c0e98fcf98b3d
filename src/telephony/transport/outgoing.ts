import { createHash } from 'node:crypto'
import type { Hop, TlsProfile } from '../call.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { dial } from './dial.ts'
import type { Flow } from './flow.ts'

export interface OutgoingOptions extends Omit<ConnectionOptions, 'localPort' | 'isOurs'> {
  /** The listening port that a peer may answer to; undefined: there is none. */
  readonly localPort: (hop: Hop) => number | undefined
}

/** The TCP and TLS connections that we open ourselves. */
export function createOutgoing(o: OutgoingOptions) {
  /** By where they lead. */
  const opened = new Map<string, Promise<Flow>>()
  const closers = new Set<() => void>()
  let isClosed = false

  async function called(hop: Hop, profile: TlsProfile | undefined) {
    const calling = new AbortController()
    const callOff = () => calling.abort()
    closers.add(callOff)
    if (isClosed) callOff()
    try {
      return await dial(hop, profile, { connectMs: o.limits.connectMs, clock: o.clock, signal: calling.signal })
    } finally {
      closers.delete(callOff)
    }
  }

  async function connect(hop: Hop, profile: TlsProfile | undefined): Promise<Flow> {
    const socket = await called(hop, profile)
    const localPort = o.localPort(hop)
    const flow = new Connection(socket, { ...o, isOurs: true, localPort: localPort ?? socket.localPort ?? 0 })
    const destroy = () => socket.destroy()
    closers.add(destroy)
    flow.onClose(() => closers.delete(destroy))
    if (isClosed) destroy()
    return flow
  }

  async function open(hop: Hop, profile: TlsProfile | undefined): Promise<Flow> {
    const key = keyOf(hop, profile)
    const before = opened.get(key)
    if (before === undefined) {
      const opening = connect(hop, profile)
      opened.set(key, opening)
      return opening
    }
    const flow = await before.catch(() => undefined)
    if (flow?.isOpen) return flow
    if (opened.get(key) === before) opened.delete(key)
    return open(hop, profile)
  }

  return {
    /** One that leads there and still stands, or a new one. @throws Error as `dial` does, or that all is closed */
    open: (hop: Hop, profile: TlsProfile | undefined): Promise<Flow> =>
      isClosed ? Promise.reject(new Error('the transports are closed')) : open(hop, profile),
    /** Those that are there, and those under way: who answers in the last moment may have begun one. */
    close(): void {
      isClosed = true
      for (const close of closers) close()
    },
  }
}

/** Another identity or other names are another connection: one tenant's trunk never goes over that of another. */
function keyOf({ transport, host, port }: Hop, tls?: TlsProfile) {
  if (tls === undefined) return `${transport} ${host} ${port}`
  const hash = createHash('sha256')
    .update([tls.ca, tls.cert ?? '', ...tls.names].join('\0'))
    .digest('base64')
  return `${transport} ${host} ${port} ${hash}`
}
