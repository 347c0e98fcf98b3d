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

/** Frequency of a sine, in hertz, by how often it crosses zero; meaningless for anything else. */
export function pitch(samples: Int16Array): number {
  let rises = 0
  for (let at = 1; at < samples.length; at++) if (samples[at - 1]! < 0 && samples[at]! >= 0) rises++
  return samples.length === 0 ? 0 : rises / secondsOf(samples)
}
