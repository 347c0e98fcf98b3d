import type { Ask } from '../rules/flow/flow.ts'
import { type Script, spoken, spokenAnswer } from './prepared-flow.ts'
import type { ConversationState, Listen, ConversationTransition, Say } from './types.ts'

/** The longest pause between two keys of one answer, in seconds. */
const KEY_GAP_SECONDS = 4
/** The longest answer that isn't free text, in seconds: a telephone number, digit by digit. */
const LONGEST_ANSWER_SECONDS = 20
const LONGEST_FREE_TEXT_SECONDS = 30

/** Whether an answer can be typed at all. */
export function keysOf({ keys, slot }: Ask): Listen['keys'] {
  const isTypeable =
    slot.type === 'Choice' ? slot.choices?.some(({ key }) => key !== undefined) : slot.type !== 'FreeText'
  return isTypeable ? keys : 'Refused'
}

/** Whether the answer is typed, and by keys alone, so that nobody asr it: then the bot does not say it either. */
export const isTyped = ({ keys, slot: { type } }: Ask): boolean =>
  keys === 'Only' && type !== 'Choice' && type !== 'YesNo'

/** Listening for the answer to a question. `noInputSeconds`: the question's own by default. */
export function listenFor(step: string, ask: Ask, noInputSeconds: number = ask.noInputSeconds): Listen {
  const { slot } = ask
  const maxSeconds = slot.type === 'FreeText' ? (slot.maxSeconds ?? LONGEST_FREE_TEXT_SECONDS) : LONGEST_ANSWER_SECONDS
  const hints = slot.choices?.flatMap(({ phrases }) => phrases) ?? []
  return { type: 'Listen', step, slot: slot.type, keys: keysOf(ask), noInputSeconds, maxSeconds, hints }
}

/** Waiting for the next key of an answer. */
export const listenForKey = (step: string, ask: Ask): Listen => listenFor(step, ask, KEY_GAP_SECONDS)

/** Asks, in other words than the question's own when `text` is given. */
export function askQuestion(
  script: Script,
  state: ConversationState,
  ask: Ask,
  now: number,
  text: string = ask.text,
): ConversationTransition {
  const words = spoken(script, text, state.collected, now)
  const question: Say = { type: 'Say', text: words, bargeIn: 'Allowed', step: state.step }
  return [
    { ...state, waitsFor: 'Answer', typed: '', pending: undefined, unclear: 0 },
    [question, listenFor(state.step, ask)],
  ]
}

/** Asks whether the value is right. What was typed by keys alone is not repeated. */
export function askConfirmation(
  script: Script,
  state: ConversationState,
  ask: Ask,
  value: string,
  now: number,
): ConversationTransition {
  const { phrases } = script.language
  const isByKeys = ask.keys === 'Only'
  const words = () => spokenAnswer(script, ask, value, now)
  const byKeys = () =>
    isTyped(ask)
      ? phrases.confirmTyped(ask.slot.type === 'Digits' ? value.length : undefined)
      : phrases.confirmByKeys(words(), ask.slot.type)
  const text = isByKeys ? byKeys() : phrases.confirm(words(), ask.slot.type)
  const listen: Listen = {
    ...listenFor(state.step, ask),
    slot: 'YesNo',
    keys: isByKeys ? 'Only' : ask.keys,
    hints: [],
  }
  return [
    { ...state, waitsFor: 'Confirmation', pending: value, typed: '' },
    [{ type: 'Say', text, bargeIn: 'Allowed', step: state.step }, listen],
  ]
}
