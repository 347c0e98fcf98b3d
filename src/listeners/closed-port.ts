import { createServer } from 'node:net'
import { listen, type Listener } from './page-server.ts'

/**
 * Listens at a port at which nothing is served: each connection is closed at once, before it costs a read.
 * @param port 0 takes any free one
 * @throws Error of a port that is taken; it names the port and the cure
 */
export const listenAtClosedPort = (port: number): Promise<Pick<Listener, 'port' | 'close'>> =>
  listen(
    createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => {})
      // No reset: it could overtake the end of the handshake, and the peer would take it for a refusal.
      socket.destroy()
    }),
    port,
  )
