import { createSocket } from 'node:dgram'
import { encode, laws } from '../../src/wire/codec/g711.ts'
import { writeRtp } from '../../src/wire/rtp/packet.ts'
import { SPRAYED } from './sprayer.ts'

// node test/harness/sprayer-process.ts PACKETS RATE ADDRESS:FIRST-LAST...: sprays RTP with the SSRC of the caller, and RTCP, at media ports, at most
// so many packets a second, until all are sent or a message comes, and then tells how many that were, how long it took and how much came back.

const [packets, rate] = process.argv.slice(2, 4).map(Number) as [number, number]
const targets = process.argv.slice(4).flatMap((range) => {
  const [, address, first, last = first] = /^([^:]+):(\d+)(?:-(\d+))?$/.exec(range)!
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => ({ address, port: Number(first) + at }))
})
const packet = Buffer.alloc(172)
encode(laws.PCMA, new Int16Array(160).fill(SPRAYED), packet, 12)
const report = Buffer.from('80c900010000004d', 'hex')
const socket = createSocket({
  type: 'udp4',
  lookup: ((name: string, _: unknown, done: (...all: unknown[]) => void) => done(null, name, 4)) as never,
})
let [sent, reflected, isOver] = [0, 0, false]
socket.on('message', () => reflected++)
socket.on('error', () => undefined)
process.on('message', () => (isOver = true))
socket.bind(0, () => {
  const start = performance.now()
  const timer = setInterval(() => {
    const elapsed = performance.now() - start
    const due = Math.min(packets, sent + 5_000, Math.floor((elapsed * rate) / 1_000))
    for (; sent < due; sent++) {
      const turn = Math.floor(sent / targets.length)
      const { port, address } = targets[sent % targets.length]!
      writeRtp(packet, { marker: false, payloadType: 8, sequence: turn & 0xffff, timestamp: turn * 160, ssrc: 77 })
      // A send may still wait in the system with its buffer: each packet has one of its own.
      socket.send(turn % 20 === 19 ? report : Buffer.from(packet), port, address)
    }
    if (sent < packets && !isOver) return
    clearInterval(timer)
    setTimeout(() => process.send!({ sent, seconds: elapsed / 1_000, reflected }, () => process.exit()), 300)
  }, 2)
})
