import type { CallbotSpec } from '../../api/callbot.ts'
import type {
  ConversationEvent,
  ConversationState,
  Effect,
  ConversationTransition,
  Wait,
} from '../../conversation/types.ts'
import { type Clip, drop, enqueue, nextToRender } from '../pipeline/playback.ts'
import { sentencesOf } from './sentence-splitter.ts'
import type { CallEffect, CallState, Counts, Turn } from './types.ts'

/** What a call goes by. */
export interface CallRule {
  readonly flow: {
    /** `at` in epoch milliseconds: days and times are said relative to it. `collect`: names of the values that may leave the bot. */
    start(at: number, collect: readonly string[]): ConversationTransition
    advance(state: ConversationState, event: ConversationEvent, at: number): ConversationTransition
  }
  readonly turnTaking: CallbotSpec['turnTaking']
  /** Names of the values that may leave the bot, at the beginning of the call. */
  readonly collect: readonly string[]
  /** Keys may come as tones in the sound. */
  readonly hasToneKeys: boolean
}

/** A state that may still be changed: a copy, which only one call of `step` knows. */
type Draft = {
  -readonly [Key in keyof CallState]: Key extends 'counts'
    ? { -readonly [Count in keyof Counts]: Counts[Count] }
    : CallState[Key]
}

/** One step on its way: what was decided so far. It lives within one call of `step`. */
export interface TransitionContext {
  readonly rule: CallRule
  readonly at: number
  readonly state: Draft
  readonly effects: CallEffect[]
}

export const reportTurn = (m: TransitionContext, turn: Turn) => void m.effects.push({ type: 'ReportTurn', turn })

/** Hands an event to the dialog and does what it wants. */
export function advance(m: TransitionContext, event: ConversationEvent): void {
  take(m, m.rule.flow.advance(m.state.conversation, event, m.at))
}

export function take(m: TransitionContext, [conversation, effects]: ConversationTransition): void {
  const isNewStep = m.state.wait === undefined || conversation.step !== m.state.conversation.step
  m.state.conversation = conversation
  if (isNewStep) reportTurn(m, { step: conversation.step })
  for (const effect of effects) perform(m, effect)
}

function perform(m: TransitionContext, effect: Effect): void {
  if (effect.type === 'Say') return say(m, effect.text, effect.bargeIn)
  cancelRequest(m)
  m.state.wait = effect
  Object.assign(m.state.counts, { noInput: 0, waiting: 0, leaving: 0 })
  ask(m, effect)
}

function ask(m: TransitionContext, wait: Wait): void {
  if (wait.type !== 'RequestOperation' && wait.type !== 'AskModel') return
  const id = newId(m)
  m.state.asking = id
  m.effects.push(wait.type === 'RequestOperation' ? { type: wait.type, id, wait } : { type: wait.type, id, wait })
}

/** Puts a text at the end of what is to be spoken. */
export function say(m: TransitionContext, text: string, bargeIn: 'Allowed' | 'Refused'): void {
  const clips = sentencesOf(text).map((sentence, at): Clip => {
    const clip = { id: newId(m), text: sentence, bargeIn }
    return at === 0 ? { ...clip, whole: text } : clip
  })
  m.state.playback = enqueue(m.state.playback, clips)
  renderNext(m)
}

/** Asks for the next sound that is missing, one at a time: the first sentence must not wait for the last. */
export function renderNext(m: TransitionContext): void {
  const next = nextToRender(m.state.playback)
  if (next === undefined || m.state.rendering !== undefined) return
  m.state.rendering = next.id
  m.effects.push({ type: 'Render', id: next.id, text: next.text })
}

/** Barge-in: what is on its way out is dropped, and a sound that is awaited is waited for no longer. */
export function stopSpeaking(m: TransitionContext): void {
  if (m.state.rendering !== undefined) m.effects.push({ type: 'Cancel', id: m.state.rendering })
  m.state.playback = drop()
  m.state.rendering = undefined
}

export function cancelTranscription(m: TransitionContext): void {
  if (m.state.transcribing === undefined) return
  m.effects.push({ type: 'Cancel', id: m.state.transcribing })
  m.state.transcribing = undefined
}

function cancelRequest(m: TransitionContext): void {
  if (m.state.asking === undefined) return
  m.effects.push({ type: 'Cancel', id: m.state.asking })
  m.state.asking = undefined
}

export function newId(m: TransitionContext): number {
  return ++m.state.lastId
}
