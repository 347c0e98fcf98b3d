import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/**
 * The address from which this machine reaches another one, as its routes say. Sends nothing.
 * @param host a name or an address
 * @throws Error when the name is unknown or no route leads there
 */
export async function ownAddressTowards(host: string): Promise<string> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' })
  const connected = once(socket, 'connect')
  try {
    socket.connect(ANY_PORT, host)
    await connected
    return socket.address().address
  } finally {
    socket.close()
  }
}

const ANY_PORT = 5061
