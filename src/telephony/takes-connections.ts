import { connect } from 'node:net'
import type { Clock } from '../runtime/clock.ts'

/**
 * Whether a TCP connection to there is made. It is reset at once. Never throws.
 * @param timeoutMs after which a connection that is neither made nor refused counts as not made
 */
export function takesConnections(o: { host: string; port: number; timeoutMs: number; clock: Clock }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: o.host, port: o.port })
    const end = (isMade: boolean) => {
      cancel()
      socket.resetAndDestroy()
      resolve(isMade)
    }
    const cancel = o.clock.after(o.timeoutMs, () => end(false))
    socket.on('error', () => end(false))
    socket.once('connect', () => end(true))
  })
}
