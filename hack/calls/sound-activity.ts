/** What a caller hears, from the recording that baresip writes while the call goes on. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { toSamples } from '../../src/wire/wav.ts'
import { loudness, SAMPLE_RATE, secondsOf } from './sound.ts'

/** Samples of one look: 20 ms. */
const FRAME = 160
/** The recorder writes plain headers and never touches the sizes in them until the end. */
const HEADER_OCTETS = 44
/** Root mean square above which a frame is speech or another sound; the noise of G.711 silence is below 20. */
const SOUND_RMS = 150

export interface SoundActivity {
  /** Seconds recorded so far. */
  seconds: number
  /** When the last sound began after a silence, and when the last sound was heard; undefined before the first. */
  soundBegan: number | undefined
  soundEnded: number | undefined
  /** Seconds with sound in them. */
  soundSeconds: number
}

/** Silence shorter than this lies between two words, not between two utterances. */
const PAUSE_SECONDS = 0.35

export const noActivity: SoundActivity = { seconds: 0, soundBegan: undefined, soundEnded: undefined, soundSeconds: 0 }

/** What was known and one more frame of 20 ms. */
export function withFrame(before: SoundActivity, frame: Int16Array): SoundActivity {
  const begin = before.seconds
  const seconds = begin + secondsOf(frame)
  if (loudness(frame) < SOUND_RMS) return { ...before, seconds }
  const isNew = before.soundEnded === undefined || begin - before.soundEnded > PAUSE_SECONDS
  return {
    seconds,
    soundBegan: isNew ? begin : before.soundBegan,
    soundEnded: seconds,
    soundSeconds: before.soundSeconds + secondsOf(frame),
  }
}

/** Follows a WAV file that grows. Each look reads what is new and returns what is known by now. */
export function followWav(file: string): { look(): SoundActivity; close(): void } {
  const fd = openSync(file, 'r')
  const octets = Buffer.alloc(2 * FRAME)
  let at = HEADER_OCTETS
  let hearing = noActivity
  return {
    look() {
      for (const end = fstatSync(fd).size; at + octets.length <= end; at += octets.length) {
        readSync(fd, octets, 0, octets.length, at)
        hearing = withFrame(hearing, toSamples(octets))
      }
      return hearing
    },
    close: () => closeSync(fd),
  }
}

/** The last seconds of a WAV file that grows. */
export function lastHeard(file: string, seconds: number): Int16Array {
  const fd = openSync(file, 'r')
  try {
    const { size } = fstatSync(fd)
    const wanted = Math.min(size - HEADER_OCTETS, 2 * seconds * SAMPLE_RATE) & ~1
    const octets = Buffer.alloc(Math.max(0, wanted))
    readSync(fd, octets, 0, octets.length, (size & ~1) - octets.length)
    return toSamples(octets)
  } finally {
    closeSync(fd)
  }
}
