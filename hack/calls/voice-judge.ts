/**
 * What callers heard of the voice that was due to them, by their own clock: frames that a sender left out without a gap in its
 * sequence numbers count, and so do a stream that begins late, one that ends early, one that never begins, what a stall holds back, and
 * what only a stranger filled. Pure.
 */
import type { Packet } from './pcap.ts'
import { ownFrames, type Frame } from './heard-streams.ts'
import { FRAME, playOut } from './playout.ts'
import { isRtp } from './rtp-judge.ts'
import type { CallLife } from './lives.ts'

export interface Voice {
  /** Frames of 20 ms that should have come, from the answer, or 200 ms after it, to the end of the call. */
  due: number
  /** Those of them that came. */
  sent: number
  /** Those of them that a telephone with a buffer of 60 ms played. */
  heard: number
  /** How often such a telephone had run dry. */
  late: number
  /** Frames of streams that are not of the call. */
  foreign: number
  /** Milliseconds without a frame, at most, in any call: also before its first and its end. */
  longestSilenceMs: number
  /** Milliseconds from the answer to the first frame, at most. */
  slowestStartMs: number
  /** Calls in which no frame came. */
  unheard: number
}

/** Seconds in which a call that was answered may open its way for voice. */
const OPENING = 0.2
/** A frame that left before the caller's BYE arrived. */
const ON_THE_WAY = 0.04
/** Of a frame, in sums of seconds since 1970. */
const ROUNDING = 1e-3

/** A call without an end was cut by somebody else: it is judged up to its last frame, and has to be counted as failed elsewhere. */
export function judgeVoice(packets: Iterable<Packet>, lives: readonly CallLife[]): Voice {
  const calls = lives.map((life) => ({ life, frames: [] as Frame[] }))
  const byPort = Map.groupBy(calls, ({ life }) => life.port)
  for (const packet of packets) {
    if (!isRtp(packet)) continue
    const port = Number(packet.to.slice(packet.to.lastIndexOf(':') + 1))
    const call = byPort.get(port)?.findLast(({ life }) => packet.at >= life.from)
    if (call !== undefined && packet.at <= (call.life.until ?? Infinity) + ON_THE_WAY)
      call.frames.push({ at: packet.at, from: packet.from, ssrc: packet.payload.readUInt32BE(8) })
  }
  return calls.map(({ life, frames }) => heardBy(life, frames)).reduce(together, nothing)
}

const nothing: Voice = {
  ...{ due: 0, sent: 0, heard: 0, late: 0, foreign: 0 },
  ...{ longestSilenceMs: 0, slowestStartMs: 0, unheard: 0 },
}

function heardBy({ from, until }: CallLife, frames: readonly Frame[]): Voice {
  const { times, foreign } = ownFrames(frames)
  const first = times[0]
  const end = until ?? times.at(-1) ?? from
  if (first === undefined) {
    const ms = (end - from) * 1000
    return { ...nothing, foreign, due: framesIn(end - from), longestSilenceMs: ms, slowestStartMs: ms, unheard: 1 }
  }
  const due = framesIn(end - Math.min(first, from + OPENING))
  const gaps = [first - from, ...times.map((at, index) => (times[index + 1] ?? Math.max(at, end)) - at)]
  const { heard, dry } = playOut(times, end)
  return {
    ...{ due, sent: Math.min(due, times.length), heard: Math.min(due, heard), late: dry, foreign },
    longestSilenceMs: Math.max(...gaps) * 1000,
    slowestStartMs: (first - from) * 1000,
    unheard: 0,
  }
}

const framesIn = (seconds: number) => Math.max(0, Math.floor(seconds / FRAME + ROUNDING))

const together = (one: Voice, other: Voice): Voice => ({
  due: one.due + other.due,
  sent: one.sent + other.sent,
  heard: one.heard + other.heard,
  late: one.late + other.late,
  foreign: one.foreign + other.foreign,
  longestSilenceMs: Math.max(one.longestSilenceMs, other.longestSilenceMs),
  slowestStartMs: Math.max(one.slowestStartMs, other.slowestStartMs),
  unheard: one.unheard + other.unheard,
})

/** Of the frames that were due, those that the caller did not hear, 0 to 1; 0 where none was due. */
export const shareLost = ({ due, heard }: Pick<Voice, 'due' | 'heard'>): number => (due === 0 ? 0 : (due - heard) / due)

/** Rows of a table of figures. */
export const voiceRows = (voice: Voice): [string, string][] => [
  ['frames of voice due', String(voice.due)],
  ['of them sent', String(voice.sent)],
  ['of them heard', `${voice.heard} (${(100 * shareLost(voice)).toFixed(3)} % lost)`],
  ['buffer of 60 ms ran dry', `${voice.late} times`],
  ['frames of a stranger', String(voice.foreign)],
  ['longest silence', `${voice.longestSilenceMs.toFixed(0)} ms`],
  ['slowest start', `${voice.slowestStartMs.toFixed(0)} ms`],
]
