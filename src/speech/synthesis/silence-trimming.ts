/** Below this nothing is heard on a telephone: -54 dB. */
const QUIET = 0.002
/** What is left before the first sound and after the last, seconds. */
const LEAD = 0.02
const TAIL = 0.08

/** The sound without most of its silence before and after: what a caller waits for begins at once. */
export function trimmed(samples: Float32Array, sampleRate: number): Float32Array {
  const isLoud = (sample: number) => Math.abs(sample) > QUIET
  const first = samples.findIndex(isLoud)
  if (first < 0) return samples.subarray(0, 0)
  const last = samples.findLastIndex(isLoud)
  return samples.subarray(
    Math.max(0, first - Math.round(LEAD * sampleRate)),
    Math.min(samples.length, last + Math.round(TAIL * sampleRate)),
  )
}
