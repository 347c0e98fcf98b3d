import { FRAME_SAMPLES } from './frames.ts'

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
  /** The rest of its sound is being rendered. */
  readonly isPart?: boolean
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
/** Sound is due, and it is there. */
export const hasSound = (state: PlaybackState) => isPlaying(state) && hasFrame(state.clips[0]!, state.at)
/** Sound is due, and there is none: its rendering is awaited. */
export const isStarved = (state: PlaybackState) => isPlaying(state) && !hasFrame(state.clips[0]!, state.at)
/** Nothing that the caller must hear to its end is left. */
export const mayInterrupt = ({ clips }: PlaybackState) => clips.every(({ bargeIn }) => bargeIn === 'Allowed')
/** The first sentence whose sound is missing. */
export const nextToRender = ({ clips }: PlaybackState) => clips.find(({ samples }) => samples === undefined)

export const enqueue = (state: PlaybackState, clips: readonly Clip[]): PlaybackState => ({
  ...state,
  clips: [...state.clips, ...clips],
})

/** Sound of a sentence that came. */
interface Sound {
  readonly id: number
  /** Undefined: there is none, and the sentence, or what is left of it, is passed over. */
  readonly samples: Int16Array | undefined
  readonly isPart?: boolean
}

export function rendered(state: PlaybackState, { id, samples, isPart = false }: Sound): PlaybackState {
  if (samples === undefined) return passOver(state, id)
  const longer = (clip: Clip) => ({ ...clip, samples: joined(clip.samples, samples), isPart })
  const clips = state.clips.map((clip) => (clip.id === id ? longer(clip) : clip))
  const isSilent = !isPart && clips.some((clip) => clip.id === id && clip.samples?.length === 0)
  return isSilent ? passOver(state, id) : { ...state, clips }
}

function passOver(state: PlaybackState, id: number): PlaybackState {
  const isFirst = state.clips[0]?.id === id
  return { ...state, clips: state.clips.filter((clip) => clip.id !== id), at: isFirst ? 0 : state.at }
}

function joined(before: Int16Array | undefined, samples: Int16Array): Int16Array {
  if (before === undefined) return samples
  const whole = new Int16Array(before.length + samples.length)
  whole.set(before)
  whole.set(samples, before.length)
  return whole
}

const hasFrame = ({ samples, isPart }: Clip, at: number) =>
  samples !== undefined && (isPart !== true || at + FRAME_SAMPLES <= samples.length)

/** Stops before the next frame. What is being said begins again if it is resumed. */
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
  if (clip?.samples === undefined || state.isHeld || !hasFrame(clip, state.at)) return [state, nothing]
  const end = state.at + FRAME_SAMPLES
  const isLast = clip.isPart !== true && end >= clip.samples.length
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
