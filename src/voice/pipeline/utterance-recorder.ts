import { type Frame, FRAME_MS, type Utterance } from './frames.ts'

/** Knows which frames a turn of the caller has. Frames are counted from the beginning of the call. */
export interface RecorderState {
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

export const newRecorder: RecorderState = { since: 0, from: undefined, isSpeaking: false }

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
  return (state: RecorderState, frame: Frame, heard: number): readonly [RecorderState, readonly Frame[]] => {
    if (frame.kind === 'Sound') return sound(state, frame, heard)
    if (frame.kind === 'SpeechStarted') {
      // A turn begins with the last frames before it.
      const from = state.from ?? Math.max(state.since, heard - BEFORE)
      return [{ ...state, from, isSpeaking: true }, [frame]]
    }
    if (frame.kind !== 'SpeechEnded' || !state.isSpeaking) return [state, [frame]]
    const { from } = state
    return [{ ...state, isSpeaking: false }, from === undefined ? [frame] : [frame, utterance(from, heard - cut)]]
  }
}

/**
 * Throws away what was recorded: it was understood, or is not wanted. A turn that is going on begins again.
 * @param heard the frames of sound so far
 */
export function forget(state: RecorderState, heard: number): RecorderState {
  return state.from === undefined ? state : { ...state, since: heard, from: undefined }
}

/** What was said so far counts as a whole turn, because it has become too long. */
export function takeNow(state: RecorderState, heard: number): readonly [RecorderState, Utterance | undefined] {
  if (state.from === undefined || !state.isSpeaking) return [state, undefined]
  return [{ ...forget(state, heard), isSpeaking: false }, utterance(state.from, heard)]
}

function sound(state: RecorderState, frame: Frame, heard: number): readonly [RecorderState, readonly Frame[]] {
  const { isSpeaking } = state
  const from = state.from ?? (isSpeaking ? heard - 1 : undefined)
  const next = from === state.from ? state : { ...state, from }
  if (from === undefined || heard - from < LONGEST) return [next, [frame]]
  return [{ ...forget(next, heard), isSpeaking: false }, isSpeaking ? [frame, utterance(from, heard)] : [frame]]
}

/** One frame at least. */
function utterance(from: number, to: number): Utterance {
  return { kind: 'Utterance', from, to: Math.max(from + 1, to) }
}
