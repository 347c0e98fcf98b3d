import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'

/** A port that nobody listens on just now, for a program that can't choose a free one itself. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
