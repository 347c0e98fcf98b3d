import { type Frame, silence, soundOf, type Utterance } from '../pipeline/frames.ts'
import { hold, isPlaying, mayInterrupt, resume } from '../pipeline/playback.ts'
import { shut } from '../pipeline/noise-gate.ts'
import { forget, takeNow } from '../pipeline/utterance-recorder.ts'
import type { createInputPipeline } from '../pipeline/audio-input.ts'
import type { Cause } from '../../rules/flow/flow.ts'
import { advance, cancelTranscription, type TransitionContext, newId, stopSpeaking, reportTurn } from './transition.ts'
import { isListening, type Reason } from './types.ts'

type InputPipeline = ReturnType<typeof createInputPipeline>

/** A key in a transcript when only keys may be pressed: what is typed so is a secret. */
const HIDDEN = '•'

/** 20 ms of the caller, through the stages. */
export function processAudio(m: TransitionContext, hear: InputPipeline, samples: Int16Array | undefined): void {
  const { inputStages } = m.state
  const gate = shut(inputStages.gate, !isAnswerWanted(m))
  if (gate !== inputStages.gate) m.state.inputStages = { ...inputStages, gate }
  processFrame(m, hear, samples === undefined ? silence : soundOf(samples))
  const longest = isListening(m.state.wait) ? m.state.wait.maxSeconds : 0
  if (longest === 0 || m.state.counts.speaking < longest * 50) return
  const [recorder, utterance] = takeNow(m.state.inputStages.recorder, m.state.inputStages.heard)
  if (utterance === undefined) return
  m.state.inputStages = { ...m.state.inputStages, recorder }
  handleUtterance(m, utterance)
}

/** A frame into the stages, and what comes out of them. */
export function processFrame(m: TransitionContext, hear: InputPipeline, frame: Frame): void {
  const [inputStages, frames] = hear(m.state.inputStages, frame)
  m.state.inputStages = inputStages
  for (const out of frames) {
    if (out.kind === 'Erasure') m.effects.push({ type: 'Erase' })
    if (out.kind === 'Window') m.effects.push({ type: 'Judge', from: out.from, isFirst: out.isFirst })
    if (out.kind === 'Key') handleKey(m, out.key)
    if (out.kind === 'SpeechStarted') beginTurn(m)
    if (out.kind === 'Utterance') handleUtterance(m, out)
  }
}

/** Whether the caller's words are wanted now: the bot listens, and is not saying what must be heard to its end. */
export function isAnswerWanted({ state }: TransitionContext): boolean {
  return isListening(state.wait) && mayInterrupt(state.playback)
}

function beginTurn(m: TransitionContext): void {
  // The caller goes on before the answer: what was said and what follows are one turn.
  cancelTranscription(m)
  const { wait, playback } = m.state
  if (isAnswerWanted(m) && isListening(wait) && wait.keys !== 'Only' && isPlaying(playback))
    m.state.playback = hold(playback)
}

function handleUtterance(m: TransitionContext, { from, to }: Utterance): void {
  const { wait } = m.state
  if (!isAnswerWanted(m) || !isListening(wait) || wait.keys === 'Only') return discardUtterance(m)
  const id = newId(m)
  m.state.transcribing = id
  m.effects.push({ type: 'Transcribe', id, from, to, hints: wait.hints })
}

/** What was said is of no use: forgotten, and the bot goes on with what it was saying. */
function discardUtterance(m: TransitionContext): void {
  forgetTurn(m)
  m.state.playback = resume(m.state.playback)
}

function forgetTurn(m: TransitionContext): void {
  const { inputStages } = m.state
  m.state.inputStages = { ...inputStages, recorder: forget(inputStages.recorder, inputStages.heard) }
}

export function handleTranscript(m: TransitionContext, id: number, text: string | undefined): void {
  if (id !== m.state.transcribing) return
  m.state.transcribing = undefined
  if (text === undefined) return handleFailedTranscription(m)
  m.state.counts.failedTranscriptions = 0
  const words = text.trim()
  // A cough while the bot speaks is no answer: it says again what it was saying.
  if (words === '' && m.state.playback.isHeld) return discardUtterance(m)
  forgetTurn(m)
  stopSpeaking(m)
  if (words !== '') {
    reportTurn(m, { heard: words })
    m.state.counts.silent = 0
  }
  advance(m, { type: 'Heard', text: words })
}

/** No recogniser could tell. Once the caller is asked again; the second time in a row it is a fault of ours. */
function handleFailedTranscription(m: TransitionContext): void {
  const failed = ++m.state.counts.failedTranscriptions
  forgetTurn(m)
  if (failed > 1) return trouble(m, 'BotFailure', 'asr')
  stopSpeaking(m)
  advance(m, { type: 'Heard', text: '' })
}

export function handleKey(m: TransitionContext, key: string): void {
  const { wait, playback } = m.state
  if (isListening(wait) && wait.keys === 'Refused') return
  if (!mayInterrupt(playback)) return void (m.state.bufferedKeys = [...m.state.bufferedKeys, key].slice(-32))
  if (!isListening(wait)) return
  cancelTranscription(m)
  forgetTurn(m)
  stopSpeaking(m)
  m.state.counts.silent = 0
  reportTurn(m, { key: wait.keys === 'Only' ? HIDDEN : key })
  advance(m, { type: 'Key', key })
}

/** The call needs the emergency number. The dialog says what the caller hears; a second trouble has no more to say. */
export function trouble(m: TransitionContext, cause: Cause, reason: Reason): void {
  if (m.state.trouble !== undefined) {
    m.effects.push({ type: 'End', end: { type: 'Fallback', ...m.state.trouble } })
    return void (m.state.isOver = true)
  }
  cancelTranscription(m)
  forgetTurn(m)
  stopSpeaking(m)
  m.state.trouble = { cause, reason }
  m.state.counts.unanswered = 0
  advance(m, { type: 'Trouble', cause })
}
