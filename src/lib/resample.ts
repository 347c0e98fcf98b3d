/**
 * Another sample rate by a windowed sinc (Smith, Digital Audio Resampling): what lies above half of the lower rate is taken away
 * first, so that nothing of it folds into the voice.
 */

/** Zero crossings of the sinc on each side: more is steeper and slower. */
const CROSSINGS = 24
/** Where the slope begins, of half the lower rate: the window's slope ends about there. */
const ROLL_OFF = 0.94
/** Of the Kaiser window: 80 dB down beyond the slope. */
const BETA = 8

/** @param samples any scale; what comes back has the same */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples
  const at = interpolation(samples, from, to)
  return new Float32Array(lengthAfter(samples, from, to)).map((_, index) => at(index))
}

/** Samples of a part: a few milliseconds of work. */
const PART = 4_096

/**
 * The same of 16 bit samples, a part after the other: the work of a minute of sound is done between whatever else there is to do.
 * @param rest awaited after each part
 */
export async function resampleInParts(
  samples: Int16Array,
  o: { from: number; to: number; rest: () => Promise<unknown> },
): Promise<Int16Array> {
  if (o.from === o.to) return samples
  const at = interpolation(samples, o.from, o.to)
  const out = new Int16Array(lengthAfter(samples, o.from, o.to))
  for (let index = 0; index < out.length; index++) {
    out[index] = inSixteenBits(at(index))
    if (index % PART === PART - 1) await o.rest()
  }
  return out
}

type Samples = Float32Array | Int16Array

const lengthAfter = (samples: Samples, from: number, to: number) => Math.ceil((samples.length * to) / from)

/** What a sample is at the new rate, by its index. */
function interpolation(samples: Samples, from: number, to: number): (index: number) => number {
  const divisor = greatestCommonDivisor(from, to)
  const [up, down] = [to / divisor, from / divisor]
  const cutoff = Math.min(1, to / from) * ROLL_OFF
  const reach = Math.ceil(CROSSINGS / cutoff)
  const filters = Array.from({ length: up }, (_, phase) => filterOf(phase / up, cutoff, reach))
  return (index) => {
    const position = index * down
    return weigh(samples, Math.floor(position / up) - reach + 1, filters[position % up]!)
  }
}

function weigh(samples: Samples, first: number, filter: Float32Array): number {
  let sum = 0
  const begin = Math.max(0, -first)
  const end = Math.min(filter.length, samples.length - first)
  for (let tap = begin; tap < end; tap++) sum += filter[tap]! * samples[first + tap]!
  return sum
}

/** The filter for a place between two samples; its tap `reach - 1` is the sample before. */
function filterOf(fraction: number, cutoff: number, reach: number): Float32Array {
  const taps = new Float32Array(2 * reach)
  let sum = 0
  for (let tap = 0; tap < taps.length; tap++) {
    const distance = tap - reach + 1 - fraction
    taps[tap] = cutoff * sinc(cutoff * distance) * kaiser(distance / reach)
    sum += taps[tap]!
  }
  return taps.map((tap) => tap / sum) // a steady tone of 0 Hz keeps its height
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))
const kaiser = (x: number) => (Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA))

/** Modified Bessel function of order zero, by its series. */
function bessel(x: number): number {
  let sum = 1
  for (let term = 1, k = 1; term > 1e-9 * sum; k++) sum += term *= (x / (2 * k)) ** 2
  return sum
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))

/** Samples from -1 to 1 of 16 bit ones, and back; what is too loud is cut off. */
export const toFloats = (samples: Int16Array): Float32Array => Float32Array.from(samples, (sample) => sample / 32_768)

export const toIntegers = (samples: Float32Array): Int16Array =>
  Int16Array.from(samples, (sample) => inSixteenBits(sample * 32_768))

const inSixteenBits = (sample: number) => Math.max(-32_768, Math.min(32_767, Math.round(sample)))
