import { codeOf } from '../../runtime/log-fields.ts'
import { describeBug } from '../../runtime/redacted-error.ts'
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { parseMessage } from '../../wire/sip/parse-datagram.ts'
import { plainAddress, type Flow, type Receive } from './flow.ts'
import type { TransportLimits } from './limits.ts'
import { RateLimit } from '../../listeners/rate-limit.ts'

/** Shorter ones are keep-alives (RFC 5626 4.4), of CRLFs or of a zero octet. */
const SHORTEST = 20
/** The kernel's buffers: a burst of calls must not be lost before it is read. */
const BUFFER_OCTETS = 4_194_304

export interface UdpServer {
  readonly port: number
  /** The flow to an address; there is nothing to open. */
  flowTo(address: string, port: number): Flow
  close(): Promise<void>
}

/**
 * SIP over UDP, both ways on one port.
 * @param o.host an address of the family to bind; all of its addresses are bound
 * @throws Error if the port can't be had
 */
export async function listenUdp(o: {
  port: number
  host: string
  limits: TransportLimits
  clock: Clock
  log: Log
  receive: Receive
}): Promise<UdpServer> {
  const socket = createSocket({
    type: isIPv6(o.host) ? 'udp6' : 'udp4',
    recvBufferSize: BUFFER_OCTETS,
    sendBufferSize: BUFFER_OCTETS,
  })
  const { messagesPerSecond: perSecond, messagesAtOnce: atOnce } = o.limits
  const rate = new RateLimit(o.clock, { perSecond, atOnce })
  await bound(socket, o.port)
  const { port } = socket.address()
  let isOpen = true
  socket.on('error', (error: Error & { code?: string }) =>
    o.log.warn({ code: codeOf(error) }, 'the UDP socket reports'),
  )
  const flowTo = (address: string, remotePort: number): Flow => ({
    peer: { transport: 'UDP', address: plainAddress(address), port: remotePort, names: [] },
    localPort: port,
    isReliable: false,
    get isOpen() {
      return isOpen
    },
    // Lost is lost: the transactions send again (RFC 3261 17).
    send: (octets) => isOpen && remotePort > 0 && socket.send(octets, remotePort, address, () => {}),
    onClose: () => () => {},
    hold: () => () => {},
  })
  socket.on('message', (datagram, { address, port: remotePort }) => {
    if (datagram.length < SHORTEST || !rate.take(address)) return
    try {
      o.receive(parseMessage(datagram, o.limits.sip), flowTo(address, remotePort))
    } catch (error) {
      o.log.error(describeBug(error), 'a message could not be handled; it is dropped')
    }
  })
  return {
    port,
    flowTo,
    close: () =>
      new Promise((resolve) => {
        isOpen = false
        socket.close(() => resolve())
      }),
  }
}

function bound(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, () => {
      socket.off('error', reject)
      resolve()
    })
  })
}
