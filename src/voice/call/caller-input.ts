import { type Frame, silence, soundOf } from '../pipeline/frames.ts'
import { hold, isPlaying, mayInterrupt, resume } from '../pipeline/playback.ts'
import { shut } from '../pipeline/noise-gate.ts'
import { forget, takeNow } from '../pipeline/utterance-recorder.ts'
import type { createHearing } from '../pipeline/audio-input.ts'
import type { Cause } from '../../rules/flow/flow.ts'
import { advance, callOffTranscription, count, type Moving, newId, set, stopTalking, tell } from './transition.ts'
import { isListening, type Reason } from './types.ts'

type Hear = ReturnType<typeof createHearing>

/** A key in a transcript when only keys may be pressed: what is typed so is a secret. */
const HIDDEN = '•'

/** 20 ms of the caller, through the stages. */
export function hearSound(m: Moving, hear: Hear, samples: Int16Array | undefined): void {
  const { ears } = m.state
  const gate = shut(ears.gate, !mayTalk(m))
  if (gate !== ears.gate) set(m, { ears: { ...ears, gate } })
  hearFrame(m, hear, samples === undefined ? silence : soundOf(samples))
  const longest = isListening(m.state.wait) ? m.state.wait.maxSeconds : 0
  if (longest === 0 || m.state.counts.speaking < longest * 50) return
  const [recorder, utterance] = takeNow(m.state.ears.recorder)
  if (utterance === undefined) return
  set(m, { ears: { ...m.state.ears, recorder } })
  hearUtterance(m, utterance.samples)
}

/** A frame into the stages, and what comes out of them. */
export function hearFrame(m: Moving, hear: Hear, frame: Frame): void {
  const [ears, frames] = hear(m.state.ears, frame)
  set(m, { ears })
  for (const out of frames) {
    if (out.kind === 'Window') m.effects.push({ type: 'Judge', samples: out.samples, isFirst: out.isFirst })
    if (out.kind === 'Key') hearKey(m, out.key)
    if (out.kind === 'SpeechStarted') beginTurn(m)
    if (out.kind === 'Utterance') hearUtterance(m, out.samples)
  }
}

/** Whether the caller's words are wanted now: the bot listens, and is not saying what must be heard to its end. */
export function mayTalk({ state }: Moving): boolean {
  return isListening(state.wait) && mayInterrupt(state.playback)
}

function beginTurn(m: Moving): void {
  // The caller goes on before the answer: what was said and what follows are one turn.
  callOffTranscription(m)
  const { wait, playback } = m.state
  if (mayTalk(m) && isListening(wait) && wait.keys !== 'Only' && isPlaying(playback))
    set(m, { playback: hold(playback) })
}

function hearUtterance(m: Moving, samples: Int16Array): void {
  const { wait } = m.state
  if (!mayTalk(m) || !isListening(wait) || wait.keys === 'Only') return goOn(m)
  const id = newId(m)
  set(m, { transcribing: id })
  m.effects.push({ type: 'Transcribe', id, samples, hints: wait.hints })
}

/** What was said is of no use: forgotten, and the bot goes on with what it was saying. */
function goOn(m: Moving): void {
  forgetTurn(m)
  set(m, { playback: resume(m.state.playback) })
}

function forgetTurn(m: Moving): void {
  set(m, { ears: { ...m.state.ears, recorder: forget(m.state.ears.recorder) } })
}

export function hearWords(m: Moving, id: number, text: string | undefined): void {
  if (id !== m.state.transcribing) return
  set(m, { transcribing: undefined })
  if (text === undefined) return hearNothing(m)
  count(m, { deaf: 0 })
  const words = text.trim()
  // A cough while the bot speaks is no answer: it says again what it was saying.
  if (words === '' && m.state.playback.isHeld) return goOn(m)
  forgetTurn(m)
  stopTalking(m)
  if (words !== '') {
    tell(m, { heard: words })
    count(m, { silent: 0 })
  }
  advance(m, { type: 'Heard', text: words })
}

/** No recogniser could tell. Once the caller is asked again; the second time in a row it is a fault of ours. */
function hearNothing(m: Moving): void {
  const deaf = m.state.counts.deaf + 1
  count(m, { deaf })
  forgetTurn(m)
  if (deaf > 1) return trouble(m, 'BotFailure', 'asr')
  stopTalking(m)
  advance(m, { type: 'Heard', text: '' })
}

export function hearKey(m: Moving, key: string): void {
  const { wait, playback } = m.state
  if (isListening(wait) && wait.keys === 'Refused') return
  if (!mayInterrupt(playback)) return set(m, { ahead: [...m.state.ahead, key].slice(-32) })
  if (!isListening(wait)) return
  callOffTranscription(m)
  forgetTurn(m)
  stopTalking(m)
  count(m, { silent: 0 })
  tell(m, { key: wait.keys === 'Only' ? HIDDEN : key })
  advance(m, { type: 'Key', key })
}

/** The call needs the emergency number. The dialog says what the caller hears; a second trouble has no more to say. */
export function trouble(m: Moving, cause: Cause, reason: Reason): void {
  if (m.state.trouble !== undefined) {
    m.effects.push({ type: 'End', end: { type: 'Fallback', ...m.state.trouble } })
    return set(m, { isOver: true })
  }
  callOffTranscription(m)
  forgetTurn(m)
  stopTalking(m)
  set(m, { trouble: { cause, reason } })
  count(m, { owed: 0 })
  advance(m, { type: 'Trouble', cause })
}
