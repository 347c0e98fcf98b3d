import type { Ask } from '../rules/flow/flow.ts'
import { askConfirmation, askQuestion, isTyped, keysOf, listenFor, listenForKey } from './questions.ts'
import { parseContextOf, type Script, spoken, spokenAnswer } from './prepared-flow.ts'
import { endKeys, readKeys } from './slots/keypad-input.ts'
import { parseAnswer } from './slots/parse-answer.ts'
import type { ParsedAnswer } from './slots/parsed-answer.ts'
import type { ConversationEvent, ConversationState, ConversationTransition } from './types.ts'
import { giveUp, say, runSteps } from './step-runner.ts'
import { callerIntentIn } from './caller-intents.ts'

/** Below this, a recogniser doubts what it wrote. */
export const DOUBT = 0.5
/** How often the question is said again without using up reprompts: the caller asked for it, or the bot had misheard. */
const MOST_REPEATS = 3
/** How much longer than usual the bot waits for who asked it to. */
const PATIENCE = 3
const LONGEST_WAIT_SECONDS = 60

export type HeardEvent = Extract<ConversationEvent, { type: 'Heard' }>

/** Everything that an answer is dealt with by. */
export interface QuestionContext {
  readonly script: Script
  readonly state: ConversationState
  readonly ask: Ask
  readonly next: string
  readonly now: number
}

/** The caller said something after a question. */
export function onAnswerHeard(asking: QuestionContext, { text, confidence = 1 }: HeardEvent): ConversationTransition {
  const { script, state, ask, now } = asking
  if (ask.keys === 'Only') return fail(asking, 'noMatch', script.language.phrases.onlyKeys)
  const hearing = parseContextOf(script, now)
  const understood = parseAnswer(ask.slot, text, hearing)
  // What is one of the choices is no wish, though it may sound like one: "parler à quelqu'un".
  const isChosen = ask.slot.type === 'Choice' && understood?.certainty === 'Sure'
  const wished = isChosen ? undefined : handleCallerIntent(asking, text)
  if (wished !== undefined) return wished
  if (understood === undefined) return fail(asking, 'noMatch')
  const isSure = understood.certainty === 'Sure' && confidence >= DOUBT
  return onUnderstood({ ...asking, state: { ...state, typed: '' } }, understood, isSure)
}

/** A value was understood: it is out of bounds, must be confirmed, or is taken. */
function onUnderstood(asking: QuestionContext, understood: ParsedAnswer, isSure: boolean): ConversationTransition {
  const { script, state, ask, now } = asking
  const { value, certainty } = understood
  if (certainty === 'Refused') {
    const { phrases } = script.language
    if (isTyped(ask)) return askAgain(asking, phrases.typedNotPossible)
    return askAgain(asking, phrases.notPossible(spokenAnswer(script, ask, value, now), ask.slot.type))
  }
  const isDoubtful = ask.confirm === 'Always' || (ask.confirm === 'WhenUnsure' && !isSure)
  return isDoubtful ? askConfirmation(script, state, ask, value, now) : accept(asking, value)
}

/**
 * The question again, with `lead` before it. The caller was understood, or the bot had misheard: that costs no reprompt, as
 * long as it gets anywhere.
 */
export function askAgain(asking: QuestionContext, lead: string): ConversationTransition {
  const { script, state, ask, now } = asking
  if (state.repeats >= MOST_REPEATS) return fail(asking, 'noMatch', lead)
  const text = `${lead} ${ask.reprompts[state.repeats] ?? ask.text}`
  return askQuestion(script, { ...state, repeats: state.repeats + 1 }, ask, now, text)
}

/** The value is collected and the dialog goes on. A secret goes where nothing speaks it or hands it over. */
export function accept({ script, state, ask, next, now }: QuestionContext, value: string): ConversationTransition {
  const place = script.isSecret(ask.field) ? 'secrets' : 'collected'
  return runSteps(script, next, { ...state, [place]: { ...state[place], [ask.field]: value } }, now)
}

/** A person, the question again, or time: what a caller may want at any question. Undefined when nothing was wished. */
export function handleCallerIntent(asking: QuestionContext, text: string): ConversationTransition | undefined {
  const { script, state, ask, now } = asking
  const wish = callerIntentIn(text, script.language)
  if (wish === undefined) return undefined
  if (wish === 'Person') {
    return script.fallback.causes.includes('CallerWish') ? giveUp(script, state, 'CallerWish', now) : undefined
  }
  if (state.repeats >= MOST_REPEATS || ask.slot.type === 'FreeText') return undefined
  const repeated = { ...state, repeats: state.repeats + 1 }
  if (wish === 'Repeat') {
    return state.pending === undefined
      ? askQuestion(script, repeated, ask, now)
      : askConfirmation(script, repeated, ask, state.pending, now)
  }
  const seconds = Math.min(LONGEST_WAIT_SECONDS, ask.noInputSeconds * PATIENCE)
  return [repeated, [say(state.step, script.language.phrases.takeYourTime), listenFor(state.step, ask, seconds)]]
}

/** One key after a question. Keys before the answer is complete ask for nothing but the next one. */
export function onAnswerKey(asking: QuestionContext, key: string): ConversationTransition {
  const { script, state, ask, now } = asking
  if (keysOf(ask) === 'Refused') return [state, []]
  const isStray = state.typed === '' && key === '#' && ask.slot.type !== 'Choice'
  if (isStray) return [state, []] // ends an answer that was complete without it
  const typed = state.typed + key
  const read = readKeys(ask.slot, typed, parseContextOf(script, now))
  if (read.state === 'Open') return [{ ...state, typed }, [listenForKey(state.step, ask)]]
  return onTyped(asking, read.understood)
}

function onTyped(asking: QuestionContext, understood: ParsedAnswer | undefined): ConversationTransition {
  const done = { ...asking, state: { ...asking.state, typed: '' } }
  return understood === undefined ? fail(done, 'noMatch') : onUnderstood(done, understood, true)
}

/** Nothing came: the keys so far are the answer, or the caller is silent. */
export function onAnswerSilence(asking: QuestionContext): ConversationTransition {
  const { script, state, ask, now } = asking
  if (state.typed === '') return fail(asking, 'noInput')
  return onTyped(asking, endKeys(ask.slot, state.typed, parseContextOf(script, now)))
}

/** Nothing usable: the next reprompt, or the way out when all were said. `lead` is said before. */
export function fail(asking: QuestionContext, kind: 'noInput' | 'noMatch', lead?: string): ConversationTransition {
  const { script, ask, now } = asking
  const failures = asking.state.failures + 1
  const state = { ...asking.state, failures }
  if (failures > Math.max(1, ask.reprompts.length)) return leave({ ...asking, state }, kind)
  const { notHeard, notUnderstood } = script.language.phrases
  const reprompt = ask.reprompts[failures - 1]
  const standard = kind === 'noInput' ? notHeard : notUnderstood
  const before = lead ?? (reprompt === undefined ? standard : undefined)
  const text = reprompt ?? ask.text
  return askQuestion(script, state, ask, now, before === undefined ? text : `${before} ${text}`)
}

/** The way out of a question. What an earlier round collected under its name doesn't count any more. */
function leave({ script, state, ask, now }: QuestionContext, kind: 'noInput' | 'noMatch'): ConversationTransition {
  const exit = ask[kind]
  if (exit === undefined) return giveUp(script, state, kind === 'noInput' ? 'Silence' : 'BotFailure', now)
  const without = (values: ConversationState['collected']) =>
    Object.fromEntries(Object.entries(values).filter(([field]) => field !== ask.field))
  const words = exit.say === undefined ? [] : [say(state.step, spoken(script, exit.say, state.collected, now))]
  const held = { ...state, collected: without(state.collected), secrets: without(state.secrets) }
  return runSteps(script, exit.next, held, now, words)
}
