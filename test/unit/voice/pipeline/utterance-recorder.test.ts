import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { type Frame, FRAME_SAMPLES, soundOf } from '../../../../src/voice/pipeline/frames.ts'
import {
  createRecorder,
  forget,
  newRecorder,
  type RecorderState,
} from '../../../../src/voice/pipeline/utterance-recorder.ts'

/** 460 ms. */
const BEFORE = 23
/** No silence is cut off. */
const record = createRecorder({ endOfTurnMs: 0 })

/** Runs so many frames of sound through it, numbered from `first`. */
function hear(state: RecorderState, count: number, first = 1): RecorderState {
  for (let number = first; number < first + count; number++) {
    state = record(state, soundOf(new Int16Array(FRAME_SAMPLES).fill(number)))[0]
  }
  return state
}

/** The numbers of the frames that the Utterance at the end of the turn has. */
function utteranceAfter(state: RecorderState): number[] {
  const [, frames] = record(state, { kind: 'SpeechEnded' })
  const utterance = frames.find((frame): frame is Extract<Frame, { kind: 'Utterance' }> => frame.kind === 'Utterance')!
  return Array.from(
    { length: utterance.samples.length / FRAME_SAMPLES },
    (_, at) => utterance.samples[at * FRAME_SAMPLES]!,
  )
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('the recorder of utterances', () => {
  it('keeps the last 460 ms before the caller began, however long the silence before', () =>
    fc.assert(
      fc.property(fc.nat(120), fc.nat(40), (silent, spoken) => {
        const started = record(hear(newRecorder, silent), { kind: 'SpeechStarted' })[0]
        const heard = utteranceAfter(hear(started, spoken, silent + 1))
        deepEqual(heard, numbers(Math.max(1, silent - BEFORE + 1), silent + spoken))
      }),
    ))

  it('keeps nothing of the turn before once that is forgotten', () => {
    const first = hear(record(hear(newRecorder, 50), { kind: 'SpeechStarted' })[0], 10, 51)
    const forgotten = forget(record(first, { kind: 'SpeechEnded' })[0])
    const second = record(hear(forgotten, 5, 61), { kind: 'SpeechStarted' })[0]
    deepEqual(utteranceAfter(hear(second, 5, 66)), numbers(61, 70))
  })
})
