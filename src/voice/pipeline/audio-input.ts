import type { CallbotSpec } from '../../api/callbot.ts'
import { type Frame, pass, type Stage } from './frames.ts'
import { createDetector, type DetectorState, newDetector } from './barge-in-and-endpointing.ts'
import { gate, type GateState, newGate } from './noise-gate.ts'
import { keys, type KeysState, noKeys } from './inband-dtmf.ts'
import { createRecorder, newRecorder, type RecorderState } from './utterance-recorder.ts'

/** The stages of the way in, and where each stands. */
export interface InputStages {
  /** Frames of sound so far: the clock of the stages. */
  readonly heard: number
  readonly keys: KeysState
  readonly gate: GateState
  readonly detector: DetectorState
  readonly recorder: RecorderState
}

export const newInputStages: InputStages = {
  heard: 0,
  keys: noKeys,
  gate: newGate,
  detector: newDetector,
  recorder: newRecorder,
}

/**
 * Puts the stages in a row: keys, gate, detector, recorder.
 * @param hasToneKeys whether keys may come as tones in the sound; false when they come as events, for then a tone would tell them twice
 */
export function createInputPipeline(rule: CallbotSpec['turnTaking'], hasToneKeys: boolean) {
  const detector: Stage<DetectorState> = createDetector({ endOfTurnMs: rule.endOfTurnMilliseconds })
  const recorder: Stage<RecorderState> = createRecorder({ endOfTurnMs: rule.endOfTurnMilliseconds })
  return (ears: InputStages, frame: Frame): readonly [InputStages, readonly Frame[]] => {
    const heard = ears.heard + (frame.kind === 'Sound' ? 1 : 0)
    const [keysState, one] = hasToneKeys ? keys(ears.keys, frame) : ([ears.keys, [frame]] as const)
    const [gateState, two] = pass(gate, ears.gate, one, heard)
    const [detectorState, three] = pass(detector, ears.detector, two, heard)
    const [recorderState, four] = pass(recorder, ears.recorder, three, heard)
    return [{ heard, keys: keysState, gate: gateState, detector: detectorState, recorder: recorderState }, four]
  }
}
