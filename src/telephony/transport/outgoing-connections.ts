import { createHash } from 'node:crypto'
import type { NextHop, TlsProfile } from '../call.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { dial } from './dial.ts'
import type { Flow } from './flow.ts'

export interface OutgoingOptions extends Omit<ConnectionOptions, 'localPort' | 'isOurs'> {
  /** The listening port that a peer may answer to; undefined: there is none. */
  readonly localPort: (hop: NextHop) => number | undefined
}

/** The TCP and TLS connections that we open ourselves. */
export function createOutgoing(o: OutgoingOptions) {
  /** By where they lead. */
  const opened = new Map<string, Promise<Flow>>()
  const closing = new AbortController()

  async function connect(hop: NextHop, profile: TlsProfile | undefined): Promise<Flow> {
    const { signal } = closing
    const socket = await dial(hop, profile, { connectMs: o.limits.connectMs, clock: o.clock, signal })
    const localPort = o.localPort(hop)
    const flow = new Connection(socket, { ...o, isOurs: true, localPort })
    const destroy = () => socket.destroy()
    signal.addEventListener('abort', destroy, { once: true })
    flow.onClose(() => signal.removeEventListener('abort', destroy))
    if (signal.aborted) destroy()
    return flow
  }

  async function open(hop: NextHop, profile: TlsProfile | undefined): Promise<Flow> {
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
    /** One that leads there and still stands, or a new one. @throws Error as `dial` does */
    open,
    /** Those that are there, those under way, and those to come: who answers in the last moment may want one. */
    close: () => closing.abort(),
  }
}

/** Another identity or other names are another connection: one tenant's trunk never goes over that of another. */
function keyOf({ transport, host, port }: NextHop, tls?: TlsProfile) {
  if (tls === undefined) return `${transport} ${host} ${port}`
  const hash = createHash('sha256')
    .update([tls.ca, tls.cert ?? '', ...tls.names].join('\0'))
    .digest('base64')
  return `${transport} ${host} ${port} ${hash}`
}
