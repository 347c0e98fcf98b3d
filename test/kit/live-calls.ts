import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { startCapture } from '../../hack/calls/capture.ts'
import { readyEdges, SIPS_PORT } from '../../hack/calls/edges.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { judgeRtp } from '../../hack/calls/rtp-judge.ts'
import { runSipp } from '../../hack/calls/sipp.ts'
import { silence } from '../../hack/calls/sound.ts'
import { host } from '../../hack/cluster/settings.ts'
import { createAuthority } from './authority.ts'
import { edgeAuthority } from './edges.ts'

/** Callers from outside, through every edge, over TLS and SRTP: SIPp, and a witness of the voice that comes back. */
export interface LiveCalls {
  folder: string
  /** Calls that were placed. */
  placed: number
  /** Resolves when the last has hung up. */
  over: Promise<CallsVerdict>
}

export interface CallsVerdict {
  /** Calls in which something came that should not: a refusal, a BYE of the other side, an answer too late. */
  failed: number
  errors: string
  /** Of the voice that came back: frames, those missing among them, and the longest time without one in any call. */
  frames: number
  missing: number
  longestGapMs: number
}

export interface LiveCallsOptions {
  number: string
  callsPerEdge: number
  /** How long each call lasts, in seconds; then the caller hangs up. */
  seconds: number
  /** Calls at once through each edge; all of them unless told. */
  concurrent?: number
  perSecond?: number
  /** First port of the callers' media, for more than one set of callers at a time. */
  mediaPort?: number
}

/** Between the ports of callers at one edge and those at the next; SIPp takes its own share from the first on. */
const PORTS_PER_EDGE = 4_100

export async function startLiveCalls(o: LiveCallsOptions): Promise<LiveCalls> {
  const { number, callsPerEdge, seconds, concurrent = callsPerEdge, perSecond = 5, mediaPort = 34_000 } = o
  const folder = mkdtempSync(join(tmpdir(), 'callbot-live-'))
  const edges = await readyEdges()
  const tls = { ...createAuthority('callers').issue(['caller.example.net']), ca: await edgeAuthority() }
  const audio = writeAlaw(join(folder, 'silence.alaw'), silence(2))
  const ports = `${mediaPort}-${mediaPort + PORTS_PER_EDGE * edges.length}`
  const file = join(folder, 'voice.pcap')
  const filter = `udp and dst host ${host.address} and dst portrange ${ports}`
  const capture = await startCapture({ file, networkInterface: host.link, filter, snapLength: 64 })
  const running = edges.map(({ address }, index) =>
    runSipp({
      ...{ folder: join(folder, `edge-${index}`), target: `${address}:${SIPS_PORT}`, transport: 'tls', srtp: true },
      ...{ number, address: host.address, calls: callsPerEdge, concurrent, perSecond, tls, audio },
      mediaPort: mediaPort + PORTS_PER_EDGE * index,
      localPort: mediaPort + PORTS_PER_EDGE * index + 4_050,
      ends: { by: 'Caller', afterMs: seconds * 1000 },
    }),
  )
  const over = Promise.all(running).then(async (results): Promise<CallsVerdict> => {
    const { dropped } = await capture.stop()
    const streams = judgeRtp(packetsIn(file))
    rmSync(folder, { recursive: true, force: true })
    if (dropped > 0) throw new Error(`the witness missed ${dropped} packets: its count proves nothing`)
    return {
      failed: callsPerEdge * edges.length - results.reduce((sum, { successful }) => sum + successful, 0),
      errors: results.map(({ errors }) => errors).join(''),
      frames: streams.reduce((sum, { packets }) => sum + packets, 0),
      missing: streams.reduce((sum, { missing }) => sum + missing, 0),
      longestGapMs: Math.max(0, ...streams.map(({ longestGapMs }) => longestGapMs)),
    }
  })
  return { folder, placed: callsPerEdge * edges.length, over }
}
