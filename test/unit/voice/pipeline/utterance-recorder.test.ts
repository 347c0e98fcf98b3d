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

/** A recorder that has heard so many frames. */
interface Heard {
  readonly state: RecorderState
  readonly heard: number
}

const fresh: Heard = { state: newRecorder, heard: 0 }

/** Runs so many frames of sound through it. */
function hear({ state, heard }: Heard, count: number): Heard {
  for (const end = heard + count; heard < end;) state = record(state, silence, ++heard)[0]
  return { state, heard }
}

const take = ({ state, heard }: Heard, frame: Frame): Heard => ({ state: record(state, frame, heard)[0], heard })

/** The Utterance at the end of the turn. */
function utteranceAfter({ state, heard }: Heard): Frame | undefined {
  return record(state, { kind: 'SpeechEnded' }, heard)[1].find(({ kind }) => kind === 'Utterance')
}

describe('the recorder of utterances', () => {
  it('keeps the last 460 ms before the caller began, however long the silence before', () =>
    fc.assert(
      fc.property(fc.nat(120), fc.integer({ min: 1, max: 40 }), (silent, spoken) => {
        const started = take(hear(fresh, silent), { kind: 'SpeechStarted' })
        const [from, to] = [Math.max(0, silent - BEFORE), silent + spoken]
        deepEqual(utteranceAfter(hear(started, spoken)), { kind: 'Utterance', from, to })
      }),
    ))

  it('keeps nothing of the turn before once that is forgotten', () => {
    const first = hear(take(hear(fresh, 50), { kind: 'SpeechStarted' }), 10)
    const { state, heard } = take(first, { kind: 'SpeechEnded' })
    const second = take(hear({ state: forget(state, heard), heard }, 5), { kind: 'SpeechStarted' })
    deepEqual(utteranceAfter(hear(second, 5)), { kind: 'Utterance', from: 60, to: 70 })
  })
})
