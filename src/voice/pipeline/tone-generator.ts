import { FRAME_SAMPLES, SAMPLE_RATE } from './frames.ts'
import { tonesOf } from './inband-dtmf.ts'

/*
 * Tones that the pod makes itself, so that a caller who waits needs no speech server.
 */

/** What most of Europe hears while it rings (ITU-T E.180): 440 Hz, a second and a half of every five. */
const RINGING_HERTZ = 440
const RINGING_FRAMES = 75
const CYCLE_FRAMES = 250
/** Of a sine, some 24 dB below full scale: softer than a voice. */
const RINGING_LEVEL = 2_000
/** 100 ms of a key, then 60 ms of silence: what any receiver takes (ITU-T Q.24). */
const KEY_FRAMES = 5
const PAUSE_FRAMES = 3
/** Of each of the two tones. */
const KEY_LEVEL = 6_000
/** 5 ms: a tone that begins or ends at full height clicks. */
const RAMP = 40

const ringing = tone(RINGING_FRAMES, RINGING_LEVEL, [RINGING_HERTZ])
const silence = new Int16Array(FRAME_SAMPLES)

/**
 * What a caller hears while somebody is being called.
 * @param tick frames of 20 ms since the call went out
 * @returns 160 samples, shared: never write into them. Undefined: silence
 */
export function ringingTone(tick: number): Int16Array | undefined {
  return ringing[tick % CYCLE_FRAMES]
}

/** A key as frames of sound, for who takes no telephone-events (RFC 4733). Empty: it is no key. */
export function keyTone(key: string): readonly Int16Array[] {
  const tones = tonesOf(key)
  if (tones === undefined) return []
  return [...tone(KEY_FRAMES, KEY_LEVEL, tones), ...Array.from({ length: PAUSE_FRAMES }, () => silence)]
}

function tone(frames: number, level: number, hertz: readonly number[]): Int16Array[] {
  const length = frames * FRAME_SAMPLES
  const samples = Int16Array.from({ length }, (_, at) => {
    const share = Math.min(1, at / RAMP, (length - 1 - at) / RAMP)
    const angle = (2 * Math.PI * at) / SAMPLE_RATE
    return Math.round(share * level * hertz.reduce((sum, each) => sum + Math.sin(angle * each), 0))
  })
  return Array.from({ length: frames }, (_, frame) =>
    samples.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES),
  )
}
