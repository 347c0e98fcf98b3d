import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isLoopback, readAddress } from '../lib/ip-address.ts'
import { type Bencoded, decodeBencode, encodeBencode } from '../wire/bencode.ts'

/**
 * Takes orders for the media relay in its control protocol (ng) by UDP at an address of loopback, from addresses of loopback alone.
 * @param answer undefined: nothing is answered, as by a relay that is gone
 */
export async function listenRelayOrders(o: {
  address: string
  port: number
  answer: (message: Bencoded | undefined) => Promise<Bencoded | undefined>
}): Promise<{ close(): void }> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1_048_576 })
  socket.on('message', (octets, { address, port }) => {
    // A media socket has the address of the pod.
    if (address !== o.address && !isLoopback(readAddress(address) ?? [])) return
    const text = octets.toString('latin1')
    const space = text.indexOf(' ')
    if (space < 0) return
    void o.answer(decodeBencode(text.slice(space + 1))).then((answer) => {
      if (answer === undefined) return
      socket.send(Buffer.from(`${text.slice(0, space)} ${encodeBencode(answer)}`, 'latin1'), port, address)
    })
  })
  socket.bind(o.port, o.address)
  await once(socket, 'listening')
  return { close: () => socket.close() }
}
