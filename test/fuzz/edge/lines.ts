import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, createServer } from 'node:tls'
import { Framer } from '../../../src/wire/sip/framer.ts'
import { parseMessage } from '../../../src/wire/sip/parse-datagram.ts'
import type { Issued } from '../../harness/authority.ts'
import type { Line, Mailbox } from './mailbox.ts'
import { EDGE } from './sites.ts'

export interface Identity extends Issued {
  readonly ca: string
}

/** Speaks with the edge by UDP from that address. @param to the port of the edge */
export async function udpLine(mailbox: Mailbox, host: string, port: number, to = 5060): Promise<Line> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.bind(port, host, resolve))
  const line: Line = {
    ...{ name: 'UDP', host, port: socket.address().port },
    send: (octets) => void (octets.length < 65_000 && socket.send(octets, to, EDGE, () => {})),
    close: () => socket.close(),
  }
  socket.on('message', (octets) => {
    const message = parseMessage(octets)
    if (message.kind !== 'fault') mailbox.take(message, line)
  })
  return line
}

/** A connection to the edge. @param tls who it is inside; absent: a caller by TCP */
export async function streamLine(mailbox: Mailbox, host: string, tls?: Identity): Promise<Line> {
  const to = { host: EDGE, port: tls === undefined ? 5060 : 5071, localAddress: host }
  const socket =
    tls === undefined ? connectTcp(to) : connectTls({ ...to, ...tls, checkServerIdentity: () => undefined } as object)
  const line = lineOf(mailbox, socket, tls === undefined ? 'TCP' : 'TLS', { host, port: 0 })
  const opened = once(socket, tls === undefined ? 'connect' : 'secureConnect')
  await Promise.race([opened, once(socket, 'close')]).catch(() => {})
  return { ...line, port: socket.localPort ?? 0 }
}

/** A bot's pod: the edge connects to it. */
export async function servePod(mailbox: Mailbox, host: string, tls: Identity): Promise<{ close(): void }> {
  const own = { ...tls, requestCert: true, rejectUnauthorized: true }
  const server = createServer(own, (socket) => void lineOf(mailbox, socket, 'TLS', { host, port: 5061 }))
  server.on('tlsClientError', () => {})
  server.listen(5061, host)
  await once(server, 'listening')
  return server
}

function lineOf(mailbox: Mailbox, socket: Socket, name: Line['name'], at: { host: string; port: number }): Line {
  const framer = new Framer()
  const line: Line = {
    ...{ name, ...at },
    send: (octets) => void (socket.writable && socket.write(octets)),
    close: () => socket.destroy(),
  }
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    for (const framed of framer.push(chunk))
      if (framed.kind === 'request' || framed.kind === 'response') mailbox.take(framed, line)
  })
  return line
}
