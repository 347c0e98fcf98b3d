/** Exact windows of a sound, as telephones, WAV files and models have its samples. */
import { encode, laws } from '../../../src/wire/codec/g711.ts'
import { resample, toFloats, toIntegers } from '../../../src/lib/resample.ts'
import type { Forms } from './forms.ts'

/** Of 8 kHz: 20 ms, what a packet carries. */
const FRAME = 160
const WINDOW = 16
/** Fewer different octets in a window, and silence looks like it. */
const LEAST_DIFFERENT = 8
const MOST_WINDOWS = 150

const octetsOf = (samples: Int16Array | Float32Array) =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)

const isDistinct = (window: Uint8Array) => new Set(window).size >= LEAST_DIFFERENT

/**
 * @param alaw what the caller sends, octet by octet, 8 kHz. A window lies within a packet, so that it is found whatever lies between packets.
 */
export function formsOfSound(alaw: Buffer): Forms {
  const samples = decodeAll(alaw)
  const floats = toFloats(samples)
  const wide = resample(floats, 8_000, 16_000)
  const starts = distinctFrames(alaw).map((frame) => frame * FRAME + 40)
  const cut = <T extends Int16Array | Float32Array>(from: T, rate: number, length: number) =>
    starts.map((start) => octetsOf(from.slice(start * rate, start * rate + length) as T))
  const mulaw = Buffer.alloc(samples.length)
  encode(laws.PCMU, samples, mulaw, 0)
  return {
    'A-law': starts.map((start) => alaw.subarray(start, start + WINDOW)),
    'µ-law': starts.map((start) => mulaw.subarray(start, start + WINDOW)),
    'PCM 16 bit, 8 kHz': cut(samples, 1, WINDOW),
    'PCM 16 bit, 16 kHz': cut(toIntegers(wide), 2, WINDOW),
    'float 32 bit, 8 kHz': cut(floats, 1, WINDOW / 2),
    'float 32 bit, 16 kHz': cut(wide, 2, WINDOW / 2),
    'float 32 bit of integers': cut(Float32Array.from(samples), 1, WINDOW / 2),
  }
}

const decodeAll = (alaw: Buffer) => Int16Array.from(alaw, (octet) => laws.PCMA.linear[octet]!)

/** Frames whose window is of many different octets, spread over the sound. */
function distinctFrames(alaw: Buffer): number[] {
  const all = Array.from({ length: Math.floor(alaw.length / FRAME) }, (_, index) => index).filter((index) =>
    isDistinct(alaw.subarray(index * FRAME + 40, index * FRAME + 40 + WINDOW)),
  )
  const step = Math.max(1, Math.ceil(all.length / MOST_WINDOWS))
  return all.filter((_, index) => index % step === 0)
}
