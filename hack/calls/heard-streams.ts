/** Which of the frames that came to a caller's port are of its call: whoever sends there, too, fills no gap of it. Pure. */

export interface Frame {
  /** Seconds since 1970. */
  at: number
  /** Address and port of the sender. */
  from: string
  ssrc: number
}

interface Stream {
  from: string
  ssrc: number
  times: number[]
}

/** Seconds by which one sender may begin before the other has ended, where the call goes over to another. */
const HANDOVER = 0.1

/**
 * The longest stream is that of the call, and so is one that comes before or after it: the call went over to another pod or relay. So is one of the
 * same SSRC (RFC 3550 8) within it that comes where nothing else does: a relay took the call and gave it back. Any other is foreign.
 * @returns when frames of the call came, in order, and how many were of somebody else
 */
export function ownFrames(frames: readonly Frame[]): { times: number[]; foreign: number } {
  const streams = [...Map.groupBy(frames, ({ from, ssrc }) => `${from} ${ssrc}`).values()].map((all): Stream => {
    const { from, ssrc } = all[0]!
    return { from, ssrc, times: all.map(({ at }) => at) }
  })
  const own: Stream[] = []
  let foreign = 0
  for (const stream of streams.toSorted((one, other) => other.times.length - one.times.length))
    if (own.every((other) => comesApart(stream, other) || fillsGap(stream, other))) own.push(stream)
    else foreign += stream.times.length
  return { times: own.flatMap(({ times }) => times).sort((one, other) => one - other), foreign }
}

const first = ({ times }: Stream) => times[0]!
const last = ({ times }: Stream) => times.at(-1)!

const comesApart = (one: Stream, other: Stream) =>
  first(one) >= last(other) - HANDOVER || last(one) <= first(other) + HANDOVER

const fillsGap = (one: Stream, other: Stream) =>
  one.ssrc === other.ssrc && !other.times.some((at) => at > first(one) + HANDOVER && at < last(one) - HANDOVER)
