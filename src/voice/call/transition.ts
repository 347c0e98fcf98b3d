import type { CallbotSpec } from '../../api/callbot.ts'
import type { DialogEvent, DialogState, Effect, Move, Wait } from '../../conversation/types.ts'
import { type Clip, drop, enqueue, nextToRender } from '../pipeline/playback.ts'
import { sentencesOf } from './sentence-splitter.ts'
import type { CallEffect, CallState, Turn } from './types.ts'

/** What a call goes by. */
export interface CallRule {
  readonly dialog: {
    /** `at` in epoch milliseconds: days and times are said relative to it. */
    start(at: number): Move
    advance(state: DialogState, event: DialogEvent, at: number): Move
  }
  readonly turnTaking: CallbotSpec['turnTaking']
  /** Keys may come as tones in the sound. */
  readonly hasToneKeys: boolean
}

/** One step on its way: what was decided so far. It lives within one call of `step`, and nobody else sees it change. */
export interface Moving {
  readonly rule: CallRule
  readonly at: number
  state: CallState
  readonly effects: CallEffect[]
}

export const tell = (m: Moving, turn: Turn) => void m.effects.push({ type: 'Tell', turn })
export const set = (m: Moving, change: Partial<CallState>) => void (m.state = { ...m.state, ...change })
export const count = (m: Moving, change: Partial<CallState['counts']>) =>
  set(m, { counts: { ...m.state.counts, ...change } })

/** Hands an event to the dialog and does what it wants. */
export function advance(m: Moving, event: DialogEvent): void {
  take(m, m.rule.dialog.advance(m.state.dialog, event, m.at))
}

export function take(m: Moving, [dialog, effects]: Move): void {
  const isNewStep = m.state.wait === undefined || dialog.step !== m.state.dialog.step
  set(m, { dialog })
  if (isNewStep) tell(m, { step: dialog.step })
  for (const effect of effects) perform(m, effect)
}

function perform(m: Moving, effect: Effect): void {
  if (effect.type === 'Say') return say(m, effect.text, effect.bargeIn)
  callOffQuestion(m)
  set(m, { wait: effect })
  count(m, { noInput: 0, waiting: 0, leaving: 0 })
  ask(m, effect)
}

function ask(m: Moving, wait: Wait): void {
  if (wait.type !== 'CallOperation' && wait.type !== 'AskModel') return
  const id = newId(m)
  set(m, { asking: id })
  m.effects.push(wait.type === 'CallOperation' ? { type: wait.type, id, wait } : { type: wait.type, id, wait })
}

/** Puts a text at the end of what is to be spoken. */
export function say(m: Moving, text: string, bargeIn: 'Allowed' | 'Refused'): void {
  const clips = sentencesOf(text).map((sentence, at): Clip => {
    const clip = { id: newId(m), text: sentence, bargeIn }
    return at === 0 ? { ...clip, whole: text } : clip
  })
  set(m, { playback: enqueue(m.state.playback, clips) })
  renderNext(m)
}

/** Asks for the next sound that is missing, one at a time: the first sentence must not wait for the last. */
export function renderNext(m: Moving): void {
  const next = nextToRender(m.state.playback)
  if (next === undefined || m.state.rendering !== undefined) return
  set(m, { rendering: next.id })
  m.effects.push({ type: 'Render', id: next.id, text: next.text })
}

/** Barge-in: what is on its way out is dropped, and a sound that is awaited is waited for no longer. */
export function stopTalking(m: Moving): void {
  if (m.state.rendering !== undefined) m.effects.push({ type: 'CallOff', id: m.state.rendering })
  set(m, { playback: drop(), rendering: undefined })
}

export function callOffTranscription(m: Moving): void {
  if (m.state.transcribing === undefined) return
  m.effects.push({ type: 'CallOff', id: m.state.transcribing })
  set(m, { transcribing: undefined })
}

function callOffQuestion(m: Moving): void {
  if (m.state.asking === undefined) return
  m.effects.push({ type: 'CallOff', id: m.state.asking })
  set(m, { asking: undefined })
}

export function newId(m: Moving): number {
  const id = m.state.lastId + 1
  set(m, { lastId: id })
  return id
}
