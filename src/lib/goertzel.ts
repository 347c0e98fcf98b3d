/** Goertzel's algorithm: how much of a frame is a sine of one frequency. */

/** For `goertzel`. @param hertz below half of the sample rate */
export const goertzelCoefficient = (hertz: number, sampleRate: number): number =>
  2 * Math.cos((2 * Math.PI * hertz) / sampleRate)

/** @returns the square of the sum that a Fourier transform has at the frequency: of a sine of height A in N samples (A * N / 2) squared */
export function goertzel(samples: Int16Array, coefficient: number): number {
  let one = 0
  let two = 0
  for (let at = 0; at < samples.length; at++) {
    const next = samples[at]! + coefficient * one - two
    two = one
    one = next
  }
  return one * one + two * two - coefficient * one * two
}
