import { createSocket, type Socket } from 'node:dgram'
import { writeRtp } from '../../../src/wire/rtp/packet.ts'
import { EDGE, MEDIA_PORT, MEDIA_PORTS } from './sites.ts'
import { mediaLines } from './sip-text.ts'

/** The audio of hostile parties: nobody else may hear it. */
const HOSTILE = 0x66
const REPORT = Buffer.from('80c900010000004d', 'hex')
const PACKETS = 3

/** The media sockets of a party: with RTP at even ports and RTCP at odd ones. */
export class MediaParty {
  readonly address: string
  readonly #sockets: Socket[] = []
  /** Packets that came from the relay. */
  heard = 0

  constructor(address: string) {
    this.address = address
  }

  async open(): Promise<this> {
    for (let nth = 0; nth < MEDIA_PORTS; nth++) {
      const socket = createSocket('udp4')
      socket.on('error', () => {})
      socket.on('message', () => this.heard++)
      await new Promise<void>((resolve) => socket.bind(MEDIA_PORT + nth, this.address, resolve))
      this.#sockets.push(socket)
    }
    return this
  }

  /** ADDRESS:PORT of each. */
  parties(): string[] {
    return this.#sockets.map((_, nth) => `${this.address}:${MEDIA_PORT + nth}`)
  }

  /** A few packets of RTP and RTCP to each stream of the description that the relay gave us, which it forwards. */
  speak(sdp: string): void {
    const streams = mediaLines(sdp).slice(0, MEDIA_PORTS / 2)
    for (const [nth, { port, rtcp = port + 1 }] of streams.entries()) {
      if (port < 1024 || port >= 65_535) continue
      const [rtpSocket, rtcpSocket] = [this.#sockets[2 * nth]!, this.#sockets[2 * nth + 1]!]
      for (let sequence = 1; sequence <= PACKETS; sequence++) rtpSocket.send(frame(sequence), port, EDGE)
      rtpSocket.send(REPORT, port, EDGE)
      if (rtcp > 1023 && rtcp < 65_536) rtcpSocket.send(REPORT, rtcp, EDGE)
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.close()
  }
}

function frame(sequence: number): Buffer {
  const packet = Buffer.alloc(172, HOSTILE)
  writeRtp(packet, { marker: false, payloadType: 8, sequence, timestamp: sequence * 160, ssrc: 0x66666666 })
  return packet
}
