import { createSocket, type Socket } from 'node:dgram'

export type Receive = (packet: Buffer, address: string, port: number) => void

/** A UDP socket as media needs it. */
export interface MediaSocket {
  /** Sends without waiting. The buffer must stay as it is for some ticks: it waits there when the system has no room. */
  send(packet: Buffer, port: number, address: string): void
  close(): Promise<void>
}

/** @throws Error if the port can't be had */
export async function openSocket(o: {
  address: string
  family: 4 | 6
  port: number
  receive: Receive
  onFailure: () => void
}): Promise<MediaSocket> {
  // Addresses are given as numbers: asking the resolver for each packet costs time, and the answer comes a turn late.
  const lookup = (name: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
    done(null, name, o.family)
  const socket = createSocket({
    type: o.family === 6 ? 'udp6' : 'udp4',
    ipv6Only: o.family === 6,
    lookup: lookup as never,
  })
  await bind(socket, o.port, o.address)
  socket.on('message', (packet, source) => o.receive(packet, source.address, source.port))
  // A port that nobody listens on, an unreachable host: the call's own watch over silence deals with it.
  socket.on('error', o.onFailure)
  let isOpen = true
  return {
    send: (packet, port, address) => {
      if (isOpen) socket.send(packet, port, address)
    },
    close: () => {
      isOpen = false
      return new Promise((resolve) => socket.close(() => resolve()))
    },
  }
}

function bind(socket: Socket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      socket.close()
      reject(error)
    }
    socket.once('error', fail)
    socket.bind({ port, address, exclusive: true }, () => {
      socket.off('error', fail)
      resolve()
    })
  })
}
