import { createSocket } from 'node:dgram'
import { encode, laws } from '../../src/wire/codec/g711.ts'
import { writeRtp } from '../../src/wire/rtp/packet.ts'

// node test/kit/sprayer-process.ts PACKETS RATE PORT...: sprays RTP with the SSRC of the caller, and RTCP, at media ports, at most so many
// packets a second, and then tells how long it took and how much came back.

/** The audio that nobody must hear. */
export const SPRAYED = -9_000

const [packets, rate, ...ports] = process.argv.slice(2).map(Number)
const packet = Buffer.alloc(172)
encode(laws.PCMA, new Int16Array(160).fill(SPRAYED), packet, 12)
const report = Buffer.from('80c900010000004d', 'hex')
const socket = createSocket({
  type: 'udp4',
  lookup: ((name: string, _: unknown, done: (...all: unknown[]) => void) => done(null, name, 4)) as never,
})
let [sent, reflected] = [0, 0]
socket.on('message', () => reflected++)
socket.on('error', () => undefined)
socket.bind(0, '127.0.0.1', () => {
  const start = performance.now()
  const timer = setInterval(() => {
    const elapsed = performance.now() - start
    const due = Math.min(packets!, sent + 5_000, Math.floor((elapsed * rate!) / 1_000))
    for (; sent < due; sent++) {
      const turn = Math.floor(sent / ports.length)
      writeRtp(packet, { marker: false, payloadType: 8, sequence: turn & 0xffff, timestamp: turn * 160, ssrc: 77 })
      // A send may still wait in the system with its buffer: each packet has one of its own.
      socket.send(turn % 20 === 19 ? report : Buffer.from(packet), ports[sent % ports.length]!, '127.0.0.1')
    }
    if (sent < packets!) return
    clearInterval(timer)
    setTimeout(() => process.send!({ seconds: elapsed / 1_000, reflected }, () => process.exit()), 300)
  }, 2)
})
