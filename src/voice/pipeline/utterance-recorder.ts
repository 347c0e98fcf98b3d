import { type Frame, FRAME_MS, type Utterance } from './frames.ts'

/** Knows which frames a turn of the caller has. Frames are counted from the beginning of the call. */
export interface RecorderState {
  /** Frames heard so far. */
  readonly now: number
  /** What came before this frame belongs to no turn any more. */
  readonly since: number
  /** The first frame of the turn; undefined: nobody speaks, and nothing said is still in question. */
  readonly from: number | undefined
  readonly isSpeaking: boolean
}

export interface RecorderRule {
  /** Silence at the end of a turn before it counts as one, milliseconds: all but 300 of them are cut off. */
  readonly endOfTurnMs: number
}

export const newRecorder: RecorderState = { now: 0, since: 0, from: undefined, isSpeaking: false }

/** 460 ms: some 160 until a voice is recognised as one, and 300 before it. */
const BEFORE = 23
/** 300 ms of the silence after stay: recognisers read the last word better. */
const AFTER = 300 / FRAME_MS
/** 60 s: what the embedded recogniser takes. The turn is over then. */
const LONGEST = 60_000 / FRAME_MS

/**
 * Makes an Utterance of each turn. Goes on recording after it, until `forget`: if the caller goes on before the bot could answer, the next
 * Utterance holds both parts.
 */
export function createRecorder({ endOfTurnMs }: RecorderRule) {
  const cut = Math.max(0, Math.floor(endOfTurnMs / FRAME_MS) - AFTER)
  return (state: RecorderState, frame: Frame): readonly [RecorderState, readonly Frame[]] => {
    if (frame.kind === 'Sound') return sound(state, frame)
    if (frame.kind === 'SpeechStarted') {
      // A turn begins with the last frames before it.
      const from = state.from ?? Math.max(state.since, state.now - BEFORE)
      return [{ ...state, from, isSpeaking: true }, [frame]]
    }
    if (frame.kind !== 'SpeechEnded' || !state.isSpeaking) return [state, [frame]]
    const { from, now } = state
    return [{ ...state, isSpeaking: false }, from === undefined ? [frame] : [frame, utterance(from, now - cut)]]
  }
}

/** Throws away what was recorded: it was understood, or is not wanted. A turn that is going on begins again. */
export function forget(state: RecorderState): RecorderState {
  return state.from === undefined ? state : { ...state, since: state.now, from: undefined }
}

/** What was said so far counts as a whole turn, because it has become too long. */
export function takeNow(state: RecorderState): readonly [RecorderState, Utterance | undefined] {
  if (state.from === undefined || !state.isSpeaking) return [state, undefined]
  return [{ ...forget(state), isSpeaking: false }, utterance(state.from, state.now)]
}

function sound(state: RecorderState, frame: Frame): readonly [RecorderState, readonly Frame[]] {
  const { now, since, isSpeaking } = state
  const from = state.from ?? (isSpeaking ? now : undefined)
  const next = { now: now + 1, since, from, isSpeaking }
  if (from === undefined || next.now - from < LONGEST) return [next, [frame]]
  return [{ ...forget(next), isSpeaking: false }, isSpeaking ? [frame, utterance(from, next.now)] : [frame]]
}

/** One frame at least. */
function utterance(from: number, to: number): Utterance {
  return { kind: 'Utterance', from, to: Math.max(from + 1, to) }
}
