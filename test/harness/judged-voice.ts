import { expect } from 'chai'
import type { Context } from 'mocha'
import { shareLost, type Voice } from '../../hack/calls/voice-judge.ts'

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

export interface VoiceBounds {
  /** Of the frames that were due, those that the caller did not hear, 0 to 1. */
  mostLost: number
  longestSilenceMs?: number
  /** From the answer to the first frame. */
  slowestStartMs?: number
}

/** Callers heard what was due to them, soon after the answer, and nobody else. */
export function expectHeard(
  voice: Voice,
  { mostLost, longestSilenceMs = Infinity, slowestStartMs = 1_000 }: VoiceBounds,
): void {
  expect(voice.unheard, 'calls without voice').to.equal(0)
  expect(voice.foreign, 'frames of a stranger').to.equal(0)
  expect(voice.slowestStartMs, 'milliseconds from the answer to the first frame').to.be.below(slowestStartMs)
  expect(shareLost(voice), 'share of the due frames that was not heard').to.be.at.most(mostLost)
  expect(voice.longestSilenceMs, 'longest silence in milliseconds').to.be.below(longestSilenceMs)
}
