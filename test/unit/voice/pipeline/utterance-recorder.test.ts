import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { type Frame, silence } from '../../../../src/voice/pipeline/frames.ts'
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

/** Runs so many frames of sound through it. */
function hear(state: RecorderState, count: number): RecorderState {
  for (let heard = 0; heard < count; heard++) state = record(state, silence)[0]
  return state
}

/** The Utterance at the end of the turn. */
function utteranceAfter(state: RecorderState): Frame | undefined {
  return record(state, { kind: 'SpeechEnded' })[1].find(({ kind }) => kind === 'Utterance')
}

describe('the recorder of utterances', () => {
  it('keeps the last 460 ms before the caller began, however long the silence before', () =>
    fc.assert(
      fc.property(fc.nat(120), fc.integer({ min: 1, max: 40 }), (silent, spoken) => {
        const started = record(hear(newRecorder, silent), { kind: 'SpeechStarted' })[0]
        const [from, to] = [Math.max(0, silent - BEFORE), silent + spoken]
        deepEqual(utteranceAfter(hear(started, spoken)), { kind: 'Utterance', from, to })
      }),
    ))

  it('keeps nothing of the turn before once that is forgotten', () => {
    const first = hear(record(hear(newRecorder, 50), { kind: 'SpeechStarted' })[0], 10)
    const forgotten = forget(record(first, { kind: 'SpeechEnded' })[0])
    const second = record(hear(forgotten, 5), { kind: 'SpeechStarted' })[0]
    deepEqual(utteranceAfter(hear(second, 5)), { kind: 'Utterance', from: 60, to: 70 })
  })
})
