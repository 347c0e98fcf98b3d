/**
 * The least that a program in Node does for calls: takes 50 packets a second of each, looks at none, and sends as many.
 * Arguments: how many calls, how many sockets, the first port of its own, that of the other side, and how many sockets that has.
 */
import { openSocket } from '../../src/telephony/media/udp-sockets.ts'

const [calls, sockets, own, other, others] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
  number,
]
const ADDRESS = '127.0.0.1'
const OCTETS = 172
const TICK_MS = 20
/** As the ticks of a bot pod. */
const LANES = 4

const counts = { sent: 0, received: 0 }
/** The socket of a bot pod. */
const openAt = (port: number) =>
  openSocket({
    ...{ address: ADDRESS, family: 4, port, receive: () => void counts.received++ },
    onFailure: () => undefined, // the other side has not begun
  })
const open = await Promise.all(Array.from({ length: sockets }, (_, index) => openAt(own + index)))
const packet = Buffer.alloc(OCTETS)
const origin = performance.now()
for (let lane = 0; lane < LANES; lane++) run(lane, 1)
process.on('message', () => process.send!(counts))
process.on('disconnect', () => process.exit())
process.send!('ready')

function run(lane: number, tick: number): void {
  const due = origin + tick * TICK_MS + (lane * TICK_MS) / LANES
  setTimeout(
    () => {
      for (let call = lane; call < calls; call += LANES) {
        open[call % sockets]!.send(packet, other + (call % others), ADDRESS)
        counts.sent++
      }
      run(lane, tick + 1)
    },
    Math.max(0, due - performance.now()),
  )
}
