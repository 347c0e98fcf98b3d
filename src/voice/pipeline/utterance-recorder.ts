import { type Frame, FRAME_MS, FRAME_SAMPLES, type Sound } from './frames.ts'

/** Keeps what the caller says in a turn, in memory and no longer than it is needed. */
export interface RecorderState {
  /** What came before the caller began, newest first: at most as much as is kept of it. */
  readonly before: Recording | undefined
  /** What came before that: as much as is kept, or nothing yet. */
  readonly earlier: Recording | undefined
  /** The turn so far, newest first; undefined: nobody speaks, and nothing said is still in question. */
  readonly recording: Recording | undefined
  readonly isSpeaking: boolean
}

/** A list that grows at its head without being copied. */
interface Recording {
  readonly samples: Int16Array
  readonly earlier: Recording | undefined
  readonly length: number
}

export interface RecorderRule {
  /** Silence at the end of a turn before it counts as one, milliseconds: all but 300 of them are cut off. */
  readonly endOfTurnMs: number
}

export const newRecorder: RecorderState = {
  before: undefined,
  earlier: undefined,
  recording: undefined,
  isSpeaking: false,
}

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
    if (frame.kind === 'SpeechStarted') return [{ ...newRecorder, recording: begun(state), isSpeaking: true }, [frame]]
    if (frame.kind !== 'SpeechEnded' || !state.isSpeaking) return [state, [frame]]
    return [{ ...state, isSpeaking: false }, [frame, utteranceOf(state.recording, cut)]]
  }
}

/** Throws away what was recorded: it was understood, or is not wanted. A turn that is going on begins again. */
export function forget(state: RecorderState): RecorderState {
  return state.recording === undefined ? state : { ...state, recording: undefined }
}

/** What was said so far counts as a whole turn, because it has become too long. */
export function takeNow(state: RecorderState): readonly [RecorderState, Utterance | undefined] {
  if (state.recording === undefined || !state.isSpeaking) return [state, undefined]
  return [{ ...state, isSpeaking: false, recording: undefined }, utteranceOf(state.recording, 0)]
}

type Utterance = Extract<Frame, { kind: 'Utterance' }>

function sound(state: RecorderState, frame: Sound): readonly [RecorderState, readonly Frame[]] {
  const { recording, isSpeaking } = state
  if (recording === undefined && !isSpeaking) {
    const isFull = state.before?.length === BEFORE
    const before = add(isFull ? undefined : state.before, frame.samples)
    return [{ before, earlier: isFull ? state.before : state.earlier, recording, isSpeaking }, [frame]]
  }
  const longer = add(recording, frame.samples)
  if (longer.length < LONGEST) return [{ ...state, recording: longer }, [frame]]
  const out = isSpeaking ? [frame, utteranceOf(longer, 0)] : [frame]
  return [newRecorder, out]
}

/** A turn begins with the last frames before it. */
function begun({ recording, before, earlier }: RecorderState): Recording | undefined {
  if (recording !== undefined) return recording
  const frames: Int16Array[] = []
  for (const part of [before, earlier])
    for (let at = part; at !== undefined && frames.length < BEFORE; at = at.earlier) frames.push(at.samples)
  return frames.reduceRight<Recording | undefined>(add, undefined)
}

function add(earlier: Recording | undefined, samples: Int16Array): Recording {
  return { samples, earlier, length: (earlier?.length ?? 0) + 1 }
}

function utteranceOf(tape: Recording | undefined, cut: number): Utterance {
  let at: Recording | undefined = tape
  for (let skip = 0; skip < cut && at?.earlier !== undefined; skip++) at = at.earlier
  const samples = new Int16Array((at?.length ?? 0) * FRAME_SAMPLES)
  for (; at !== undefined; at = at.earlier)
    samples.set(at.samples.subarray(0, FRAME_SAMPLES), (at.length - 1) * FRAME_SAMPLES)
  return { kind: 'Utterance', samples }
}
