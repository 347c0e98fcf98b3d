/** A telephone as a caller has one: what it plays of the frames that arrive, and when it has none. Pure. */

/** Seconds. It begins so long after the first frame, and again after each time that it had none. */
export const BUFFER = 0.06
/** It keeps no more than this: what a burst brings beyond it takes the place of the oldest. Frames, 200 ms. */
const MOST_KEPT = 10
export const FRAME = 0.02
/** Of the clocks of two machines, in seconds. */
const ROUNDING = 1e-6

export interface Played {
  /** Frames that were played until the end. */
  heard: number
  /** How often it had none to play. */
  dry: number
}

/**
 * It plays a frame every 20 ms. What a stall held back is not heard, though all of it arrives later: while nothing came, nothing was played.
 * @param times when frames arrived, in order, in seconds
 * @param until when the call ended; what is in the buffer by then is played
 */
export function playOut(times: readonly number[], until: number): Played {
  const played: Played = { heard: 0, dry: 0 }
  if (times.length === 0) return played
  let next = times[0]! + BUFFER
  let arrived = 0
  let kept = 0
  while (next <= until + BUFFER + ROUNDING) {
    for (; arrived < times.length && times[arrived]! <= next + ROUNDING; arrived++) kept = Math.min(kept + 1, MOST_KEPT)
    if (kept > 0) {
      kept--
      played.heard++
      next += FRAME
      continue
    }
    if (arrived === times.length) break
    played.dry++
    next = times[arrived]! + BUFFER
  }
  return played
}
