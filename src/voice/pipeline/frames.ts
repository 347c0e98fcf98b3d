/**
 * What runs between the stages of a call. A stage is a function `(state, frame) -> [state, frames]`; a frame that it has no use for it
 * hands on.
 *
 * - **System** frames overtake nothing here, but are never dropped: they say that something began or ended.
 * - **Data** frames carry sound and keys, in order. Barge-in drops those that are on their way out to the caller.
 * - **Control** frames are marks in the stream of data, and are dropped with it.
 */

/** Samples in one frame: 20 ms at 8 kHz. */
export const FRAME_SAMPLES = 160
/** Milliseconds of one frame. */
export const FRAME_MS = 20
/** Samples a second. */
export const SAMPLE_RATE = 8_000

/** 300 ms between the last sound and the end: it is still on its way to the caller. */
export const LEAVE_FRAMES = 15

/** Data: 20 ms of what the caller says. */
export interface Sound {
  readonly kind: 'Sound'
  /** Only read while this frame passes the stages: their memory is used again. */
  readonly samples: Int16Array
  /** Mean of the squared samples. */
  readonly power: number
  /** Set by the gate: louder than the line's own noise. */
  readonly isAudible: boolean
  /** Set by the gate: audible, or shortly after: worth a judgement. */
  readonly isLoud: boolean
}

/** Data: a key of the telephone, 0 to 9, * or #. */
export interface Key {
  readonly kind: 'Key'
  readonly key: string
}

/** Data: what the caller said in one turn, with 300 ms around it. */
export interface Utterance {
  readonly kind: 'Utterance'
  /** Its first frame, counted from the beginning of the call. */
  readonly from: number
  /** The first frame after it. */
  readonly to: number
}

/** Control: 32 ms that the model of voices shall judge; its answer is a Probability. */
export interface Window {
  readonly kind: 'Window'
  /** Its first sample of 256, counted from the beginning of the call. */
  readonly from: number
  /** The windows before have nothing to do with this one: the model begins again. */
  readonly isFirst: boolean
}

/** Control: the frame of sound that follows is the tone of a key, and nothing else shall hear it. */
export interface Erasure {
  readonly kind: 'Erasure'
}

/** Control: how likely a window holds a voice, 0 to 1. Answers come in the order of the windows. */
export interface Probability {
  readonly kind: 'Probability'
  readonly value: number
}

/** System: the caller began to speak. */
export interface SpeechStarted {
  readonly kind: 'SpeechStarted'
}

/** System: the caller has been silent for the time that ends a turn. */
export interface SpeechEnded {
  readonly kind: 'SpeechEnded'
}

export type Frame = Sound | Key | Utterance | Window | Erasure | Probability | SpeechStarted | SpeechEnded

/** One stage of the way in. `heard`: the frames of sound so far, with this one; counted from the beginning of the call. */
export type Stage<S> = (state: S, frame: Frame, heard: number) => readonly [S, readonly Frame[]]

export function soundOf(samples: Int16Array): Sound {
  return { kind: 'Sound', samples, power: powerOf(samples), isAudible: false, isLoud: false }
}

/** Mean of the squared samples. */
export function powerOf(samples: Int16Array): number {
  let sum = 0
  for (let at = 0; at < samples.length; at++) sum += samples[at]! * samples[at]!
  return samples.length === 0 ? 0 : sum / samples.length
}

/** 20 ms of nothing. Shared: never write into it. */
export const silence: Sound = soundOf(new Int16Array(FRAME_SAMPLES))

/** Runs a frame through the stage, and what comes out of it through what follows. */
export function pass<S>(
  stage: Stage<S>,
  state: S,
  frames: readonly Frame[],
  heard: number,
): readonly [S, readonly Frame[]] {
  if (frames.length === 1) return stage(state, frames[0]!, heard)
  const out: Frame[] = []
  for (const frame of frames) {
    const [next, produced] = stage(state, frame, heard)
    state = next
    out.push(...produced)
  }
  return [state, out]
}
