import { type Frame, FRAME_MS, FRAME_SAMPLES, type Sound } from './frames.ts'

/*
 * When the caller begins and ends to speak. The judgement of 32 ms of sound is the model's, which is no part of this stage: windows go
 * out, probabilities come in.
 */

export interface DetectorState {
  /** The sample at which the next window begins, at the earliest; counted from the beginning of the call. */
  readonly windowAt: number
  readonly isOpen: boolean
  readonly isSpeaking: boolean
  /** Windows in a row that held a voice. */
  readonly voiced: number
  /** When the last audible frame was over. */
  readonly audibleAt: number
  /** When the last audible frame was over that the model took for a voice. */
  readonly voiceAt: number
  /** `audibleAt` for each window that waits for its judgement. */
  readonly asked: readonly number[]
}

export interface DetectorRule {
  /** Silence that ends a turn, milliseconds. */
  readonly endOfTurnMs: number
}

export const newDetector: DetectorState = {
  windowAt: 0,
  isOpen: false,
  isSpeaking: false,
  voiced: 0,
  audibleAt: 0,
  voiceAt: 0,
  asked: [],
}

export const WINDOW_SAMPLES = 256
/** Frames from before the gate opened that go to the model too: a voice begins more softly than the gate hears. */
const BEFORE = 4
/** From this on, a window holds a voice; and to go on, less is enough (the model's authors advise 0.15 less). */
const BEGINS = 0.5
const GOES_ON = 0.35
/** 96 ms: a click is shorter, and barge-in has 200 ms. */
const WINDOWS_TO_BEGIN = 3

/** A stage for a given rule. */
export function createDetector({ endOfTurnMs }: DetectorRule) {
  return (state: DetectorState, frame: Frame, heard: number): readonly [DetectorState, readonly Frame[]] => {
    if (frame.kind === 'Sound') return sound(state, frame, heard, endOfTurnMs)
    if (frame.kind === 'Probability') return judged(state, frame.value)
    return [state, [frame]]
  }
}

function sound(
  before: DetectorState,
  frame: Sound,
  heard: number,
  endOfTurnMs: number,
): readonly [DetectorState, readonly Frame[]] {
  const out: Frame[] = [frame]
  const next = frame.isLoud ? fill(before, frame, heard, out) : closed(before, heard)
  if (!next.isSpeaking || (heard - next.voiceAt) * FRAME_MS < endOfTurnMs) return [next, out]
  out.push({ kind: 'SpeechEnded' })
  return [{ ...next, isSpeaking: false, voiced: 0 }, out]
}

/** Nothing of this frame is worth a judgement. */
function closed(state: DetectorState, heard: number): DetectorState {
  if (state.isOpen) return { ...state, windowAt: (heard - 1) * FRAME_SAMPLES, isOpen: false }
  return state.isSpeaking || state.voiced === 0 ? state : { ...state, voiced: 0 }
}

/** As many windows as there is sound for; the first after the gate opened begins a bit before that. */
function fill(state: DetectorState, { isAudible }: Sound, heard: number, out: Frame[]): DetectorState {
  const audibleAt = isAudible ? heard : state.audibleAt
  const end = heard * FRAME_SAMPLES
  const asked = [...state.asked]
  let windowAt = state.isOpen ? state.windowAt : Math.max(state.windowAt, end - (BEFORE + 1) * FRAME_SAMPLES)
  let isFirst = !state.isOpen
  for (; windowAt + WINDOW_SAMPLES <= end; windowAt += WINDOW_SAMPLES) {
    out.push({ kind: 'Window', from: windowAt, isFirst })
    asked.push(audibleAt)
    isFirst = false
  }
  return { ...state, audibleAt, windowAt, isOpen: true, asked }
}

/**
 * The model lets go of a voice some 120 ms after it ended. So a window is a sign of the last audible sound in it or before, and not of the
 * moment at which it is judged: the silence that ends a turn begins where the caller fell silent.
 */
function judged(before: DetectorState, value: number): readonly [DetectorState, readonly Frame[]] {
  const [at = before.audibleAt, ...asked] = before.asked
  const state = { ...before, asked }
  const voiceAt = Math.max(state.voiceAt, at)
  if (state.isSpeaking) return [value >= GOES_ON ? { ...state, voiceAt } : state, []]
  const voiced = value >= BEGINS ? state.voiced + 1 : 0
  if (voiced < WINDOWS_TO_BEGIN) return [{ ...state, voiced }, []]
  return [{ ...state, isSpeaking: true, voiced: 0, voiceAt }, [{ kind: 'SpeechStarted' }]]
}
