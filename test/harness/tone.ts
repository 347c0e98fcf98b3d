/** Tones, and an ear for one of them: who hears it hears the side that plays it, and no other. 8 kHz, linear 16 bit. */
import { loudness, SAMPLE_RATE, shareAt } from '../../hack/calls/sound.ts'

/** A whole number of hertz over a whole number of seconds can be played over and over without a click. */
export const tone = (hertz: number, seconds: number): Int16Array =>
  Int16Array.from({ length: seconds * SAMPLE_RATE }, (_, at) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * hertz * at) / SAMPLE_RATE)),
  )

export interface ToneDetector {
  /** The next 20 ms. */
  readonly hear: (frame: Int16Array) => void
  /** When the tone had lasted for 200 ms, by `performance.now`; undefined: it has not yet. */
  readonly heardAt: number | undefined
}

const FRAMES = 10
/** Samples in 20 ms. */
const FRAME = SAMPLE_RATE / 50
/** Root mean square: a tone that a person would not miss. */
const LOUD = 200

export function createToneDetector(hertz: number): ToneDetector {
  let inARow = 0
  let heardAt: number | undefined
  return {
    hear(frame) {
      inARow = isTone(frame, hertz) ? inARow + 1 : 0
      if (inARow >= FRAMES) heardAt ??= performance.now()
    },
    get heardAt() {
      return heardAt
    },
  }
}

/** Whether the tone lasts for 200 ms in a sound. */
export function isToneIn(sound: Int16Array, hertz: number): boolean {
  const ear = createToneDetector(hertz)
  for (let at = 0; at + FRAME <= sound.length; at += FRAME) ear.hear(sound.subarray(at, at + FRAME))
  return ear.heardAt !== undefined
}

/** Loud, and more of it at that frequency than at all others together. */
const isTone = (frame: Int16Array, hertz: number) => loudness(frame) > LOUD && shareAt(hertz, frame) > 0.5
