/**
 * What callers heard of the voice that was due to them, by their own clock: frames that a sender left out without a gap in its
 * sequence numbers count, and so do a stream that ends early and one that never begins. Pure.
 */
import type { Packet } from './pcap.ts'
import { isRtp } from './rtp-judge.ts'
import type { CallLife } from './lives.ts'

export interface Voice {
  /** Frames of 20 ms that should have come, from the first one to the end of the call; all of the call where none came. */
  due: number
  /** Those of them that came. */
  sent: number
  /** Those that came when a telephone with a buffer of 60 ms had run dry: one for each such silence. */
  late: number
  /** Milliseconds without a frame, at most, in any call: also before its end. */
  longestSilenceMs: number
  /** Milliseconds from the answer to the first frame, at most. */
  slowestStartMs: number
  /** Calls in which no frame came. */
  unheard: number
}

const FRAME = 0.02
const BUFFER = 0.06
/** A frame that left before the caller's BYE arrived. */
const ON_THE_WAY = 0.04

/** A call without an end was cut by somebody else: it is judged up to its last frame, and has to be counted as failed elsewhere. */
export function judgeVoice(packets: Iterable<Packet>, lives: readonly CallLife[]): Voice {
  const calls = lives.map((life) => ({ life, times: [] as number[] }))
  const byPort = Map.groupBy(calls, ({ life }) => life.port)
  for (const packet of packets) {
    if (!isRtp(packet)) continue
    const port = Number(packet.to.slice(packet.to.lastIndexOf(':') + 1))
    const call = byPort.get(port)?.findLast(({ life }) => packet.at >= life.from)
    if (call !== undefined && packet.at <= (call.life.until ?? Infinity) + ON_THE_WAY) call.times.push(packet.at)
  }
  return calls.map(({ life, times }) => heardBy(life, times)).reduce(together, nothing)
}

const nothing: Voice = { due: 0, sent: 0, late: 0, longestSilenceMs: 0, slowestStartMs: 0, unheard: 0 }

function heardBy({ from, until }: CallLife, times: readonly number[]): Voice {
  const first = times[0]
  const end = until ?? times.at(-1) ?? from
  if (first === undefined) {
    const ms = (end - from) * 1000
    return { ...nothing, due: framesIn(end - from), longestSilenceMs: ms, slowestStartMs: ms, unheard: 1 }
  }
  const due = framesIn(end - first)
  const gaps = times.map((at, index) => (times[index + 1] ?? Math.max(at, end)) - at)
  return {
    due,
    sent: Math.min(due, times.length),
    late: timesDry(times),
    longestSilenceMs: Math.max(...gaps) * 1000,
    slowestStartMs: (first - from) * 1000,
    unheard: 0,
  }
}

const framesIn = (seconds: number) => Math.max(0, Math.floor(seconds / FRAME))

/** The telephone plays a frame every 20 ms, begins 60 ms after the first one, and does so again after each time that it had none. */
function timesDry(times: readonly number[]): number {
  let next = times[0]! + BUFFER
  let dry = 0
  for (const at of times) {
    if (at > next) {
      dry++
      next = at + BUFFER
    }
    next += FRAME
  }
  return dry
}

const together = (one: Voice, other: Voice): Voice => ({
  due: one.due + other.due,
  sent: one.sent + other.sent,
  late: one.late + other.late,
  longestSilenceMs: Math.max(one.longestSilenceMs, other.longestSilenceMs),
  slowestStartMs: Math.max(one.slowestStartMs, other.slowestStartMs),
  unheard: one.unheard + other.unheard,
})

/** Of the frames that were due, 0 to 1; 0 where none was. */
export const shareLost = ({ due, sent }: Voice): number => (due === 0 ? 0 : (due - sent) / due)

/** Rows of a table of figures. */
export const voiceRows = (voice: Voice): [string, string][] => [
  ['frames of voice due', String(voice.due)],
  ['of them sent', `${voice.sent} (${(100 * shareLost(voice)).toFixed(3)} % lost)`],
  ['late', String(voice.late)],
  ['longest silence', `${voice.longestSilenceMs.toFixed(0)} ms`],
  ['slowest start', `${voice.slowestStartMs.toFixed(0)} ms`],
]
