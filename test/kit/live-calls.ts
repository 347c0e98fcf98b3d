import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { startCapture } from '../../hack/calls/capture.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { judgeRtp } from '../../hack/calls/rtp-judge.ts'
import { silence } from '../../hack/calls/sound.ts'
import { host } from '../../hack/cluster/settings.ts'
import { gatherEdgeCallers, type EdgeCallersOptions } from './edge-callers.ts'

/** Callers from outside, through every edge, over TLS and SRTP: SIPp, and a witness of the voice that comes back. */
export interface LiveCalls {
  folder: string
  /** Calls that were placed. */
  placed: number
  /** Resolves when the last has hung up. */
  over: Promise<CallsVerdict>
  /** Ends those that go on. Resolves when none is left; never rejects. */
  stop(): Promise<void>
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

export interface LiveCallsOptions extends Omit<EdgeCallersOptions, 'folder' | 'perSecond' | 'ends' | 'audio'> {
  /** How long each call lasts, in seconds; then the caller hangs up. */
  seconds: number
  perSecond?: number
}

export async function startLiveCalls({ seconds, perSecond = 5, ...o }: LiveCallsOptions): Promise<LiveCalls> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-live-'))
  const audio = writeAlaw(join(folder, 'silence.alaw'), silence(2))
  const ends = { by: 'Caller', afterMs: seconds * 1000 } as const
  const stopped = new AbortController()
  const callers = await gatherEdgeCallers({ ...o, folder, audio, perSecond, ends, signal: stopped.signal })
  const file = join(folder, 'voice.pcap')
  const filter = `udp and dst host ${host.address} and dst portrange ${callers.ports}`
  const capture = await startCapture({ file, networkInterface: host.link, filter, snapLength: 64 })
  const over = callers.call().then(async (results): Promise<CallsVerdict> => {
    const { dropped } = await capture.stop()
    const streams = judgeRtp(packetsIn(file))
    rmSync(folder, { recursive: true, force: true })
    if (dropped > 0) throw new Error(`the witness missed ${dropped} packets: its count proves nothing`)
    return {
      failed: callers.placed - results.reduce((sum, { successful }) => sum + successful, 0),
      errors: results.map(({ errors }) => errors).join(''),
      frames: streams.reduce((sum, { packets }) => sum + packets, 0),
      missing: streams.reduce((sum, { missing }) => sum + missing, 0),
      longestGapMs: Math.max(0, ...streams.map(({ longestGapMs }) => longestGapMs)),
    }
  })
  const stop = async () => {
    stopped.abort()
    await over.catch(() => undefined)
  }
  return { folder, placed: callers.placed, over, stop }
}
