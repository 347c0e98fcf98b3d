import { createSocket } from 'node:dgram'
import { encode, laws } from '../../src/wire/codec/g711.ts'
import { emptyRtpHeader, readRtp, writeRtp } from '../../src/wire/rtp/packet.ts'
import { SrtpReceiver } from '../../src/wire/srtp/receiver.ts'
import { SrtpSender } from '../../src/wire/srtp/sender.ts'
import { keyingOctets, masterKey, type Suite } from '../../src/wire/srtp/suites.ts'
import { parse } from 'sdp-transform'

/** A telephone on loopback that sends what a test gives it, when the test does. */
export interface RtpPeer {
  readonly port: number
  /** Where audio goes: the port of the other side. */
  readonly target: number
  /** An offer of PCMA and telephone-event, of SRTP if the peer has a suite. */
  offer(...more: string[]): Buffer
  /** Takes the answer: where to send, and the key of the other side. */
  answered(sdp: Buffer): void
  /** The next packet of audio, 20 ms of this value. `change` may alter its octets before they go out. */
  send(value: number, o?: { ssrc?: number; change?: (packet: Buffer) => Buffer }): void
  /** Packets of audio that went out. */
  readonly sent: number
  /** Octets as they are, to a port or to where audio goes. */
  raw(octets: Buffer, port?: number): void
  /** Packets that came and were opened: payload type and payload. */
  readonly heard: { payloadType: number; marker: boolean; sequence: number; timestamp: number; payload: Buffer }[]
  /** Everything that came, as it came. */
  readonly received: Buffer[]
  close(): void
}

export async function rtpPeer(suite?: Suite): Promise<RtpPeer> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  const key = suite && masterKey(suite, Buffer.alloc(keyingOctets(suite), 3))
  const senders = new Map<number, SrtpSender>()
  const sequences = new Map<number, number>()
  let target = 0
  let sent = 0
  let receiver: SrtpReceiver | undefined
  const peer: RtpPeer = {
    port,
    get sent() {
      return sent
    },
    get target() {
      return target
    },
    heard: [],
    received: [],
    offer: (...more) => {
      const keying = key && Buffer.concat([key.key, key.salt]).toString('base64')
      const lines = [
        ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
        `m=audio ${port} RTP/${suite === undefined ? 'AVP' : 'SAVP'} 8 101`,
        'a=rtpmap:101 telephone-event/8000',
        ...(keying === undefined ? [] : [`a=crypto:1 ${suite} inline:${keying}`]),
        ...['a=rtcp-mux', ...more, ''],
      ]
      return Buffer.from(lines.join('\r\n'))
    },
    answered: (sdp) => {
      const [media] = parse(sdp.toString()).media
      target = media!.port
      const config = media!.crypto?.[0]?.config.replace('inline:', '')
      if (suite === undefined || config === undefined) return
      const master = masterKey(suite, Buffer.from(config, 'base64'))
      receiver = new SrtpReceiver({ master, lifetime: 2 ** 48, mki: Buffer.alloc(0) })
    },
    send: (value, { ssrc = 77, change = (packet: Buffer) => packet } = {}) => {
      const sequence = sequences.get(ssrc) ?? 100
      sequences.set(ssrc, sequence + 1)
      sent++
      const packet = Buffer.alloc(12 + 160 + 16)
      writeRtp(packet, { marker: false, payloadType: 8, sequence, timestamp: sequence * 160, ssrc })
      encode(laws.PCMA, new Int16Array(160).fill(value), packet, 12)
      let end = 172
      if (key !== undefined) {
        const sender = senders.get(ssrc) ?? new SrtpSender(key, ssrc)
        senders.set(ssrc, sender)
        end = sender.protect(packet, 12, end)
      }
      peer.raw(change(Buffer.from(packet.subarray(0, end))))
    },
    raw: (octets, to = target) => socket.send(octets, to, '127.0.0.1'),
    close: () => socket.close(),
  }
  socket.on('message', (octets) => {
    peer.received.push(Buffer.from(octets))
    const header = emptyRtpHeader()
    if (octets[1]! >= 192 && octets[1]! <= 223) return
    if (!readRtp(octets, octets.length, header)) return
    if (receiver !== undefined && receiver.unprotect(octets, header) !== 'authentic') return
    const { payloadType, marker, sequence, timestamp, payloadStart, payloadEnd } = header
    peer.heard.push({ payloadType, marker, sequence, timestamp, payload: octets.subarray(payloadStart, payloadEnd) })
  })
  return peer
}
