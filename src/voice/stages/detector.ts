import { type Frame, FRAME_MS, type Sound } from '../frames.ts'

/*
 * When the caller begins and ends to speak. The judgement of 32 ms of sound is the model's, which is no part of this stage: windows go
 * out, probabilities come in.
 */

export interface DetectorState {
  /** Sound that is not yet in a window: the tail of a window while the gate is open, else the last 80 ms before it opens. */
  readonly rest: readonly Int16Array[]
  /** Samples of the first of `rest` that are in a window already. */
  readonly used: number
  readonly isOpen: boolean
  readonly isSpeaking: boolean
  /** Windows in a row that held a voice. */
  readonly voiced: number
  /** Milliseconds since the last sign of a voice. */
  readonly quietMs: number
}

export interface DetectorRule {
  /** Silence that ends a turn, milliseconds. */
  readonly endOfTurnMs: number
}

export const newDetector: DetectorState = {
  rest: [],
  used: 0,
  isOpen: false,
  isSpeaking: false,
  voiced: 0,
  quietMs: 0,
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
  return (state: DetectorState, frame: Frame): readonly [DetectorState, readonly Frame[]] => {
    if (frame.kind === 'Sound') return sound(state, frame, endOfTurnMs)
    if (frame.kind === 'Probability') return judged(state, frame.value)
    return [state, [frame]]
  }
}

function sound(state: DetectorState, frame: Sound, endOfTurnMs: number): readonly [DetectorState, readonly Frame[]] {
  if (!frame.isLoud && !state.isOpen && !state.isSpeaking) {
    const rest = [...state.rest.slice(1 - BEFORE), frame.samples]
    return [{ ...state, rest, voiced: 0 }, [frame]]
  }
  const out: Frame[] = [frame]
  const next = frame.isLoud
    ? fill(state, frame.samples, out)
    : { ...state, rest: [frame.samples], used: 0, isOpen: false }
  const quietMs = state.isSpeaking ? state.quietMs + FRAME_MS : 0
  if (!state.isSpeaking || quietMs < endOfTurnMs) return [{ ...next, quietMs }, out]
  out.push({ kind: 'SpeechEnded' })
  return [{ ...next, isSpeaking: false, voiced: 0, quietMs: 0 }, out]
}

/** Cuts as many windows as there is sound for. */
function fill(state: DetectorState, samples: Int16Array, out: Frame[]): DetectorState {
  let rest = [...state.rest, samples]
  let used = state.used
  let isFirst = !state.isOpen
  let left = rest.reduce((sum, part) => sum + part.length, -used)
  for (; left >= WINDOW_SAMPLES; left -= WINDOW_SAMPLES) {
    const window = new Float32Array(WINDOW_SAMPLES)
    let at = 0
    while (at < WINDOW_SAMPLES) {
      const part = rest[0]!
      const upTo = Math.min(part.length, used + WINDOW_SAMPLES - at)
      for (; used < upTo; used++, at++) window[at] = part[used]! / 32_768
      if (used === part.length) {
        rest = rest.slice(1)
        used = 0
      }
    }
    out.push({ kind: 'Window', samples: window, isFirst })
    isFirst = false
  }
  return { ...state, rest, used, isOpen: true }
}

function judged(state: DetectorState, value: number): readonly [DetectorState, readonly Frame[]] {
  if (state.isSpeaking) return [value >= GOES_ON ? { ...state, quietMs: 0 } : state, []]
  const voiced = value >= BEGINS ? state.voiced + 1 : 0
  if (voiced < WINDOWS_TO_BEGIN) return [voiced === state.voiced ? state : { ...state, voiced }, []]
  return [{ ...state, isSpeaking: true, voiced: 0, quietMs: 0 }, [{ kind: 'SpeechStarted' }]]
}
