/** The three measurements of `make bench-voice`, each on fresh servers. */
import { join } from 'node:path'
import { startCapture } from '../../hack/calls/capture.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { pause } from '../../hack/cluster/shell.ts'
import type { SippResult } from '../../hack/calls/sipp.ts'
import { createAuthority } from '../../test/harness/authority.ts'
import { startAsterisk } from './asterisk.ts'
import { ANNOUNCEMENT, CONVERSATION, END_OF_TURN_MS, startBot } from './bot.ts'
import { percentile } from './figures.ts'
import { lateness, turnLatencies } from './latency.ts'
import { measureCalls, measureSetup, type Measured, type Server } from './load.ts'

export type Case = 'asterisk' | 'asterisk-srtp' | 'ours' | 'ours-srtp' | 'ours-srtp-vad'

export interface Bench {
  /** A folder for this run. */
  folder: string
  /** What callers say: a talker without pauses, and one who waits for answers. */
  talker: string
  patient: string
  prompt: Buffer
}

const MEDIA = { ours: 24_000, sipp: 29_000 }
const SIP_PORT = 15_061

type Running = Server & { stop(): Promise<void> }

async function startPeer(bench: Bench, folder: string): Promise<Running & { version: string }> {
  const authority = createAuthority('bench CA')
  const own = { ...authority.issue(['localhost']), ca: authority.cert }
  const peer = await startAsterisk({ folder, address: '127.0.0.1', port: SIP_PORT, tls: own, prompt: bench.prompt })
  return { ...peer, target: `127.0.0.1:${SIP_PORT}`, tls: { ...authority.issue(['caller']), ca: authority.cert } }
}

function start(which: Case, bench: Bench, folder: string, places: number): Promise<Running> {
  if (which.startsWith('asterisk')) return startPeer(bench, folder)
  const flow = which === 'ours-srtp-vad' ? CONVERSATION : ANNOUNCEMENT
  return startBot({ folder, flow, srtp: which !== 'ours', places, mediaPort: MEDIA.ours })
}

/** N1: what each call costs while a prompt plays and audio goes both ways. */
export async function costOfCalls(
  which: Case,
  bench: Bench,
  round: number,
  o: { calls: number; seconds: number },
): Promise<Measured> {
  const folder = join(bench.folder, `n1-${which}-${round}`)
  const server = await start(which, bench, folder, o.calls)
  const srtp = which.includes('srtp')
  try {
    const audio = which === 'ours-srtp-vad' ? bench.patient : bench.talker
    // Asterisk distinguishes its two endpoints by the caller's name; ours takes any.
    return await measureCalls(server, {
      ...o,
      folder,
      srtp,
      audio,
      caller: srtp ? 'secure' : 'plain',
      mediaPort: MEDIA.sipp,
    })
  } finally {
    await server.stop()
  }
}

/** N2: calls in quick succession on a process that has just started: the ramp is cold. */
export async function setup(
  which: 'asterisk-srtp' | 'ours-srtp',
  bench: Bench,
  round: number,
  o: { calls: number; perSecond: number },
): Promise<SippResult> {
  const folder = join(bench.folder, `n2-${which}-${round}`)
  const server = await start(which, bench, folder, 500)
  try {
    return await measureSetup(server, join(folder, 'sipp'), {
      ...o,
      srtp: true,
      caller: 'secure',
      mediaPort: MEDIA.sipp,
    })
  } finally {
    await server.stop()
  }
}

export interface Latency {
  turns: number
  /** From the caller's last sound to the bot's first, less the silence that ends a turn and what the engines took. Milliseconds. */
  p50Ms: number
  p95Ms: number
  engineP50Ms: number
  /** How late the callers send their packets. */
  callersP95LateMs: number
}

/** N3: seen on the wire, with plain RTP so that the witness can hear. */
export async function latency(bench: Bench, round: number, o: { calls: number; seconds: number }): Promise<Latency> {
  const folder = join(bench.folder, `n3-${round}`)
  const bot = await startBot({ folder, flow: CONVERSATION, srtp: false, places: o.calls, mediaPort: MEDIA.ours })
  const file = join(folder, 'wire.pcap')
  try {
    const calling = measureCalls(bot, {
      ...o,
      folder,
      srtp: false,
      audio: bench.patient,
      caller: 'plain',
      mediaPort: MEDIA.sipp,
    })
    await pause((o.calls / 50) * 1000 + 3000)
    const filter = `udp portrange ${MEDIA.ours}-${MEDIA.ours + 2 * o.calls}`
    const capture = await startCapture({ file, networkInterface: 'lo', filter })
    await pause(o.seconds * 1000)
    const { dropped } = await capture.stop()
    if (dropped > 0) throw new Error(`the witness missed ${dropped} packets: the machine is too busy to measure`)
    await calling
    const isBot = (address: string) => Number(address.split(':')[1]) < MEDIA.sipp
    const engine = bot.engines.times.filter(({ what }) => what === 'asr').map(({ began, ended }) => ended - began)
    const engineMs = percentile(engine, 50)
    const own = turnLatencies(packetsIn(file), isBot).map((seconds) => seconds * 1000 - END_OF_TURN_MS - engineMs)
    return {
      ...{ turns: own.length, p50Ms: percentile(own, 50), p95Ms: percentile(own, 95), engineP50Ms: engineMs },
      callersP95LateMs: percentile(lateness(packetsIn(file), isBot), 95),
    }
  } finally {
    await bot.stop()
  }
}
