import { goertzel, goertzelCoefficient } from '../../lib/goertzel.ts'
import { type Frame, FRAME_SAMPLES, SAMPLE_RATE, silence, type Sound } from './frames.ts'

/*
 * Keys that come as tones in the sound (ITU-T Q.23, Q.24), for callers whose way here has no telephone-events (RFC 4733). Goertzel's
 * algorithm on frames of 20 ms: a tone counts from its second frame on, so from 40 ms, which is what Q.24 asks for.
 */

export interface KeysState {
  /** What the last frame held. */
  readonly heard: string | undefined
  /** Frames in a row that held it. */
  readonly frames: number
  /** The key that was reported and has not been let go. */
  readonly reported: string | undefined
}

export const noKeys: KeysState = { heard: undefined, frames: 0, reported: undefined }

const LOW = [697, 770, 852, 941]
const HIGH = [1209, 1336, 1477, 1633]
const KEYS = ['123A', '456B', '789C', '*0#D']
const COEFFICIENTS = [...LOW, ...HIGH].map((hertz) => goertzelCoefficient(hertz, SAMPLE_RATE))

/** Frames of the same thing before it is believed, be it a key or its end: a gap of 20 ms is a fault of the line. */
const FRAMES = 2
/** -50 dB below full scale (mean square): quieter tones are none of a telephone. */
const FAINTEST = 32_768 ** 2 * 1e-5
/** The two tones must hold this share of all power. */
const PURITY = 0.8
/** The high tone may be louder by 6 dB, the low one by 9 dB (the twist of Q.24 and a little). As ratios of power. */
const HIGHEST_TWIST = 4
const LOWEST_TWIST = 1 / 8
/** Each tone must be 8 dB above the others of its group. */
const DISTINCT = 6.3

/** The two frequencies of a key, in Hz; undefined: it is none. */
export function tonesOf(key: string): readonly [low: number, high: number] | undefined {
  const low = KEYS.findIndex((row) => key.length === 1 && row.includes(key))
  return low === -1 ? undefined : [LOW[low]!, HIGH[KEYS[low]!.indexOf(key)]!]
}

/** Tells each key once, and hands silence on in place of its tone, so that no later stage takes it for a voice. */
export function keys(state: KeysState, frame: Frame): readonly [KeysState, readonly Frame[]] {
  if (frame.kind !== 'Sound') return [state, [frame]]
  const heard = keyIn(frame)
  if (heard === undefined && state.heard === undefined && state.reported === undefined) return [state, [frame]]
  const frames = heard === state.heard ? state.frames + 1 : 1
  const isSure = frames >= FRAMES
  const isNew = isSure && heard !== undefined && heard !== state.reported
  const reported = isSure ? heard : state.reported
  const out: Frame[] = heard === undefined ? [frame] : [{ kind: 'Erasure' }, silence]
  // The columns A to D are on no telephone of a caller.
  if (isNew && !'ABCD'.includes(heard)) out.push({ kind: 'Key', key: heard })
  return [{ heard, frames, reported }, out]
}

const powers = new Float64Array(8)

function keyIn({ samples, power }: Sound): string | undefined {
  if (power < FAINTEST) return undefined
  for (let at = 0; at < 8; at++) powers[at] = goertzel(samples, COEFFICIENTS[at]!)
  const low = loudest(0)
  const high = loudest(4)
  const lowPower = powers[low]!
  const highPower = powers[high]!
  if (lowPower + highPower < (PURITY * power * FRAME_SAMPLES * FRAME_SAMPLES) / 2) return undefined
  if (highPower > lowPower * HIGHEST_TWIST || highPower < lowPower * LOWEST_TWIST) return undefined
  if (!isDistinct(0, low) || !isDistinct(4, high)) return undefined
  return KEYS[low]![high - 4]
}

function loudest(from: number): number {
  let best = from
  for (let at = from + 1; at < from + 4; at++) if (powers[at]! > powers[best]!) best = at
  return best
}

function isDistinct(from: number, best: number): boolean {
  for (let at = from; at < from + 4; at++) if (at !== best && powers[at]! * DISTINCT >= powers[best]!) return false
  return true
}
