import { chmod, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { createServer } from '../../listeners/http-server.ts'
import type { Turn } from '../call/types.ts'

/** One line for those who listen: a turn of a call, or its end. It goes out with the time, as `at`. */
export type TurnTapLine = { readonly call: string } & (Turn | { readonly ended: string })

/**
 * Tells the turns of all calls, as they happen, to who is connected to a socket in the pod's own file system: who may exec into the pod
 * may listen. Nothing is kept and nothing is written: without a listener a turn is gone at once.
 */
export interface TurnTap {
  write(line: TurnTapLine): void
  /** Who listens now. */
  readonly listeners: number
  close(): Promise<void>
}

/** A listener that does not read this much is let go. Octets. */
const UNREAD = 1_000_000

/** @param path of the socket; what lies there from an earlier life is removed @throws Error if it can't be had */
export async function openTurnTap(path: string, clock: Pick<Clock, 'wall'>, log: Log): Promise<TurnTap> {
  const listeners = new Set<ServerResponse>()
  const server = createServer({}, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.flushHeaders()
    listeners.add(response)
    response.on('close', () => listeners.delete(response))
    log.info({ listeners: listeners.size }, 'a client reads the turns')
  })
  await rm(path, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
  await chmod(path, 0o600)
  return {
    write({ call, ...line }) {
      if (listeners.size === 0) return
      const text = `${JSON.stringify({ call, at: new Date(clock.wall()).toISOString(), ...line })}\n`
      for (const listener of listeners) {
        listener.write(text)
        if (listener.writableLength > UNREAD) listener.destroy()
      }
    },
    get listeners() {
      return listeners.size
    },
    close: () =>
      new Promise((resolve) => {
        for (const listener of listeners) listener.end()
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}
