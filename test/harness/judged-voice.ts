import type { Context } from 'mocha'

/** The most that a machine may lose to others while voice on it is judged: of two processors in 40 s, 1 % is 0.8 s, which may be taken at once. */
const MOST_STOLEN = 0.01

/**
 * Skips what follows in a test that judges what callers hear, when the processors were others' for too long: it would judge the machine. With
 * STRICT=1 it is judged all the same.
 * @param stolen share of processor time, 0 to 1
 */
export function judgesVoice(test: Context, stolen: number): void {
  if (stolen <= MOST_STOLEN || process.env['STRICT'] === '1') return
  console.log(
    `    ${(stolen * 100).toFixed(1)} % of the processor time went to other machines: what callers hear is not judged`,
  )
  test.skip()
}
