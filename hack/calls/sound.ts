/** Sound as our callers keep it: 8 kHz, one channel, linear 16 bit. */
import { readFileSync, writeFileSync } from 'node:fs'
import { readWav, writeWav } from '../../src/wire/wav.ts'

export const SAMPLE_RATE = 8000

/** @param seconds of nothing */
export const silence = (seconds: number) => new Int16Array(Math.round(seconds * SAMPLE_RATE))

export const secondsOf = (samples: Int16Array) => samples.length / SAMPLE_RATE

export function join(...parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** @throws when the file is no WAV of telephone quality */
export function loadSound(file: string): Int16Array {
  const { sampleRate, samples } = readWav(readFileSync(file))
  if (sampleRate !== SAMPLE_RATE)
    throw new Error(`${file} has ${sampleRate} samples a second: ${SAMPLE_RATE} are wanted`)
  return samples
}

export const saveSound = (file: string, samples: Int16Array) =>
  writeFileSync(file, writeWav({ sampleRate: SAMPLE_RATE, samples }))

/** Root mean square: 0 to 32767. */
export function loudness(samples: Int16Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.sqrt(sum / Math.max(1, samples.length))
}

/** How much of a sound is a sine of that frequency: 0 to 1, by Goertzel's filter. A voice has less than half at any. */
export function shareAt(hertz: number, samples: Int16Array): number {
  const by = 2 * Math.cos((2 * Math.PI * hertz) / SAMPLE_RATE)
  let [one, two, energy] = [0, 0, 0]
  for (const sample of samples) {
    ;[one, two] = [sample + by * one - two, one]
    energy += sample * sample
  }
  return energy === 0 ? 0 : (2 * (one * one + two * two - by * one * two)) / (samples.length * energy)
}
