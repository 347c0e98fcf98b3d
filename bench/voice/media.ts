import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { Inbound } from '../../src/telephony/media/inbound.ts'
import { Outbound } from '../../src/telephony/media/outbound.ts'
import { chooseFrom, type Agreement } from '../../src/wire/sdp/negotiate.ts'
import { reachFrom } from '../../src/wire/sdp/address-policy.ts'
import { readSdp } from '../../src/wire/sdp/read.ts'
import type { Sdp } from '../../src/wire/sdp/sdp.ts'
import { keyingOctets, masterKey, suites, type Suite } from '../../src/wire/srtp/suites.ts'

// node bench/voice/media.ts [--rounds N]: what a packet costs between the socket and the frame, each way and each suite, without the sockets.

const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1] ?? 0) || 9
const CALLS = 50
const TICKS = 400
const PEER = { address: '192.0.2.16', port: 40_562 }
const reach = reachFrom('198.51.100.7')

function agree(suite: Suite | undefined): Agreement {
  const keying = suite && Buffer.alloc(keyingOctets(suite), 3).toString('base64')
  const lines = [
    ...['v=0', `o=- 1 1 IN IP4 ${PEER.address}`, 's=-', `c=IN IP4 ${PEER.address}`, 't=0 0'],
    `m=audio ${PEER.port} RTP/${suite === undefined ? 'AVP' : 'SAVP'} 8 101`,
    'a=rtpmap:101 telephone-event/8000',
    ...(suite === undefined ? [] : [`a=crypto:1 ${suite} inline:${keying}`]),
  ]
  const offer = readSdp(Buffer.from(lines.join('\r\n'))) as Sdp
  return chooseFrom(
    offer,
    { srtp: suite === undefined ? 'Disabled' : 'Required', codecs: ['PCMA'] },
    reach,
  ) as Agreement
}

const frame = Int16Array.from({ length: 160 }, (_, at) =>
  Math.round(8_000 * Math.sin((2 * Math.PI * 300 * at) / 8_000)),
)
const random = (octets: number) => Buffer.alloc(octets, 7)
const processorMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

const PACKETS = CALLS * TICKS

/** Milliseconds of a run: many calls in turn, as in a pod, so that caches are as cold as there. */
function run(suite: Suite | undefined, isHeard: boolean): number {
  const agreed = agree(suite)
  const key = suite && masterKey(suite, Buffer.alloc(keyingOctets(suite), 3))
  const calls = Array.from({ length: CALLS }, () => {
    const outbound = new Outbound(random)
    const inbound = new Inbound(reach, () => {})
    outbound.configure(agreed, key)
    inbound.configure(agreed)
    return { outbound, inbound, heard: new Int16Array(160) }
  })
  const before = processorMs()
  for (let tick = 1; tick <= TICKS; tick++) {
    for (const { outbound, inbound, heard } of calls) {
      const packet = outbound.packet(tick, frame)!
      if (!isHeard) continue
      inbound.receive(packet, PEER.address, PEER.port, tick * 20)
      inbound.playout.next(heard, tick * 160)
    }
  }
  const ms = processorMs() - before
  if (isHeard && calls.some(({ inbound }) => inbound.packets < TICKS - 1)) throw new Error('packets were dropped')
  return ms
}

/** Microseconds for each packet that goes out and that comes in: the latter is what hearing adds to sending. */
function round(suite: Suite | undefined): { out: number; in: number } {
  const out = run(suite, false)
  return { out: (out * 1_000) / PACKETS, in: ((run(suite, true) - out) * 1_000) / PACKETS }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const rows = [undefined, ...(Object.keys(suites) as Suite[])].map((suite) => {
  const measured = Array.from({ length: rounds + 1 }, () => round(suite)).slice(1)
  const [out, inbound] = [median(measured.map((one) => one.out)), median(measured.map((one) => one.in))]
  return {
    protection: suite ?? 'none',
    outMicroseconds: Number(out.toFixed(2)),
    inMicroseconds: Number(inbound.toFixed(2)),
    // 50 packets a second each way, as a share of one core.
    corePercentPerCall: Number((((out + inbound) * 50) / 10_000).toFixed(4)),
  }
})
console.table(rows)
mkdirSync('out', { recursive: true })
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, date: new Date().toISOString() }
writeFileSync('out/bench-media.json', `${JSON.stringify({ machine, rounds, rows }, null, 2)}\n`)
