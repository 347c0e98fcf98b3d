import { FRAME_SAMPLES } from '../frames.ts'

/*
 * The way out: sentences that wait to be spoken, first come, first spoken. Barge-in holds it: what was being said is dropped when the
 * caller really said something, and said again when it was but a cough.
 */

/** One sentence. */
export interface Clip {
  /** The number under which its sound was asked for. */
  readonly id: number
  readonly text: string
  readonly bargeIn: 'Allowed' | 'Refused'
  /** All that the bot says in one go, on its first sentence. */
  readonly whole?: string
  /** Undefined: not rendered yet. */
  readonly samples?: Int16Array
}

export interface PlaybackState {
  /** The first is being played. */
  readonly clips: readonly Clip[]
  /** Samples of the first that are out already. */
  readonly at: number
  readonly isHeld: boolean
}

export const idle: PlaybackState = { clips: [], at: 0, isHeld: false }

/** Samples of a ramp: sound that begins or ends at full height clicks. 5 ms. */
const RAMP = 40

export const isPlaying = ({ clips, isHeld }: PlaybackState) => clips.length > 0 && !isHeld
/** Sound is due, and there is none: its rendering is awaited. */
export const isStarved = (state: PlaybackState) => isPlaying(state) && state.clips[0]!.samples === undefined
/** Nothing that the caller must hear to its end is left. */
export const mayInterrupt = ({ clips }: PlaybackState) => clips.every(({ bargeIn }) => bargeIn === 'Allowed')
/** The first sentence whose sound is missing. */
export const nextToRender = ({ clips }: PlaybackState) => clips.find(({ samples }) => samples === undefined)

export const enqueue = (state: PlaybackState, clips: readonly Clip[]): PlaybackState => ({
  ...state,
  clips: [...state.clips, ...clips],
})

/** The sound of a sentence came; undefined: there is none, and the sentence is passed over. */
export function rendered(state: PlaybackState, id: number, samples: Int16Array | undefined): PlaybackState {
  if (samples !== undefined && samples.length > 0) {
    return { ...state, clips: state.clips.map((clip) => (clip.id === id ? { ...clip, samples } : clip)) }
  }
  return { ...state, clips: state.clips.filter((clip) => clip.id !== id) }
}

/** Stops before the next frame. What is being said begins anew if it is resumed. */
export const hold = (state: PlaybackState): PlaybackState =>
  state.clips.length === 0 ? state : { ...state, at: 0, isHeld: true }
export const resume = (state: PlaybackState): PlaybackState => (state.isHeld ? { ...state, isHeld: false } : state)
/** Barge-in: drops all that is on its way out. */
export const drop = (): PlaybackState => idle

/** What goes out in this tick; `began` is the sentence whose first frame it is. */
export interface Played {
  readonly samples: Int16Array | undefined
  readonly began?: Clip
}

const nothing: Played = { samples: undefined }

export function play(state: PlaybackState): readonly [PlaybackState, Played] {
  const clip = state.clips[0]
  if (clip?.samples === undefined || state.isHeld) return [state, nothing]
  const end = state.at + FRAME_SAMPLES
  const isLast = end >= clip.samples.length
  const samples = state.at === 0 || isLast ? ramped(clip.samples, state.at) : clip.samples.subarray(state.at, end)
  const next = isLast ? { ...state, clips: state.clips.slice(1), at: 0 } : { ...state, at: end }
  return [next, state.at === 0 ? { samples, began: clip } : { samples }]
}

/** A frame of its own, filled up with silence, faded in or out where the clip begins or ends. */
function ramped(clip: Int16Array, from: number): Int16Array {
  const frame = new Int16Array(FRAME_SAMPLES)
  frame.set(clip.subarray(from, from + FRAME_SAMPLES))
  for (let at = 0; at < FRAME_SAMPLES; at++) {
    const share = Math.min(1, (from + at) / RAMP, Math.max(0, clip.length - 1 - from - at) / RAMP)
    if (share < 1) frame[at] = Math.round(frame[at]! * share)
  }
  return frame
}
