/** Calls on a server for a while, and what the server's process used in the middle of them. */
import { join } from 'node:path'
import { startCapture } from '../../hack/calls/capture.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { judgeRtp } from '../../hack/calls/rtp-judge.ts'
import { runSipp, type SippResult } from '../../hack/calls/sipp.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { perCall } from './figures.ts'
import { cpuSeconds, rssMiB } from './process.ts'

export interface Server {
  pid: number
  /** ADDRESS:PORT of SIP over TLS. */
  target: string
  /** What the callers prove and believe. */
  tls: { cert: string; key: string; ca: string }
}

export interface Plan {
  folder: string
  calls: number
  /** Of measurement; the calls take a bit longer. */
  seconds: number
  srtp: boolean
  /** File of A-law octets that every caller plays. */
  audio: string
  /** The user part of the callers' address. */
  caller: string
  /** The first UDP port of the callers' media. */
  mediaPort: number
}

export interface Measured {
  cpuPercentPerCall: number
  rssMiB: number
  sipp: SippResult
}

const PER_SECOND = 50
/** Between the last answer and the measurement: what is only at the start of a call is N2's matter. */
const SETTLE_MS = 5000
/** UDP ports that SIPp may use for media. */
const MEDIA_PORTS = 4000

/** So many packets a second each way make a call; a witness allows for what is on its way. */
const PACKETS_PER_SECOND = 50
const WITNESS_SECONDS = 2
const TOLERANCE = 0.1

/** @throws unless audio goes both ways in all calls: who sends less has less to do */
async function sameWork({ calls, folder, mediaPort }: Plan): Promise<void> {
  const file = join(folder, 'work.pcap')
  const filter = `udp portrange ${mediaPort}-${mediaPort + MEDIA_PORTS}`
  const capture = await startCapture({ file, networkInterface: 'lo', filter, snapLength: 80 })
  await pause(WITNESS_SECONDS * 1000)
  await capture.stop()
  const streams = judgeRtp(packetsIn(file)).filter(({ seconds }) => seconds > WITNESS_SECONDS / 2)
  const fromCallers = streams.filter(({ from }) => Number(from.split(':')[1]) >= mediaPort)
  for (const way of [fromCallers, streams.filter((stream) => !fromCallers.includes(stream))]) {
    const rates = way.map(({ packets, seconds }) => packets / seconds)
    const rate = rates.reduce((sum, each) => sum + each, 0) / calls
    if (way.length !== calls || Math.abs(rate / PACKETS_PER_SECOND - 1) > TOLERANCE)
      throw new Error(
        `audio does not go both ways: ${way.length} of ${calls} streams, ${rate.toFixed(1)} packets/s each`,
      )
  }
}

/** @throws when a call failed: a server that drops calls is not compared by what the others cost */
export async function measureCalls(server: Server, plan: Plan): Promise<Measured> {
  const { calls, seconds, caller, srtp, audio, folder, mediaPort } = plan
  const rampMs = (calls / PER_SECOND) * 1000
  const calling = runSipp({
    ...{
      folder: join(folder, 'sipp'),
      target: server.target,
      transport: 'tls',
      tls: server.tls,
      number: '+33199000001',
    },
    ...{ address: '127.0.0.1', calls, concurrent: calls, perSecond: PER_SECOND, srtp, audio, caller, mediaPort },
    ends: { by: 'Caller', afterMs: rampMs + SETTLE_MS + (WITNESS_SECONDS + 1 + seconds) * 1000 + 1000 },
  })
  await pause(rampMs + SETTLE_MS)
  await sameWork(plan)
  const [began, before] = [performance.now(), cpuSeconds(server.pid)]
  await pause(seconds * 1000)
  const wallSeconds = (performance.now() - began) / 1000
  const used = cpuSeconds(server.pid) - before
  const memory = rssMiB(server.pid)
  const sipp = await calling
  if (sipp.failed > 0 || sipp.successful !== calls)
    throw new Error(`${sipp.failed} of ${calls} calls failed: ${sipp.errors}`)
  return { cpuPercentPerCall: perCall(used, wallSeconds, calls), rssMiB: memory, sipp }
}

/** Calls as fast as asked, each of half a second and without media: how fast they are answered. */
export async function measureSetup(
  server: Server,
  folder: string,
  o: { calls: number; perSecond: number; srtp: boolean; caller: string; mediaPort: number },
) {
  return runSipp({
    ...{
      folder,
      target: server.target,
      transport: 'tls',
      tls: server.tls,
      number: '+33199000001',
      address: '127.0.0.1',
    },
    ...{ ...o, concurrent: o.calls, ends: { by: 'Caller', afterMs: 500 } },
  })
}
