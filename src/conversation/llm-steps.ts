import type { Model, SlotType } from '../rules/flow/flow.ts'
import { dayOfIso } from './languages/calendar.ts'
import { parseContextOf, type Script } from './prepared-flow.ts'
import { parseAnswer } from './slots/parse-answer.ts'
import type { AskModel, ConversationEvent, ConversationState, Listen, ConversationTransition } from './types.ts'
import { plainWords } from './spoken-values.ts'
import { giveUp, say, runSteps } from './step-runner.ts'
import { callerIntentIn } from './caller-intents.ts'

const NO_INPUT_SECONDS = 10
const LONGEST_SECONDS = 30
/** So often the bot asks again who says nothing, before it gives up. */
const MOST_SILENCES = 2
/** Of one answer of a model: a minute and a half of speech, in characters. */
const LONGEST_SAY = 1_500
/** Of one value; what is longer is none. Characters. */
const LONGEST_VALUE = 500

/** Everything that a step led by a language model is dealt with by. */
export interface ModelContext {
  readonly script: Script
  readonly state: ConversationState
  readonly model: Model
  readonly now: number
}

/** The model spoke, collected, or picked the end of its step. */
export function onModelAnswered(
  talking: ModelContext,
  answer: Extract<ConversationEvent, { type: 'ModelAnswered' }>,
): ConversationTransition {
  const { script, state, model, now } = talking
  const collected = { ...state.collected, ...acceptable(talking, answer.collected ?? {}) }
  const text = plainWords(answer.say ?? '').slice(0, LONGEST_SAY)
  const words = text === '' ? [] : [say(state.step, text)]
  const exit = model.exits.find(({ name }) => name === answer.exit)
  if (exit !== undefined) return runSteps(script, exit.next, { ...state, collected }, now, words)
  if (words.length === 0) return onModelFailed({ ...talking, state: { ...state, collected } })
  const turns = [...state.turns, { role: 'Bot' as const, text: words[0]!.text }]
  if (turns.filter(({ role }) => role === 'Caller').length >= model.maxTurns) {
    return model.atLimit === undefined
      ? giveUp(script, { ...state, collected }, 'BotFailure', now)
      : runSteps(script, model.atLimit, { ...state, collected }, now, words)
  }
  return [{ ...state, collected, turns, waitsFor: 'ModelTurn', failures: 0 }, [...words, listen(state.step)]]
}

const listen = (step: string): Listen => ({
  type: 'Listen',
  step,
  slot: 'FreeText',
  keys: 'Refused',
  noInputSeconds: NO_INPUT_SECONDS,
  maxSeconds: LONGEST_SECONDS,
  hints: [],
})

/** Where the flow says so, else the emergency number. */
export const onModelFailed = ({ script, state, model, now }: ModelContext): ConversationTransition =>
  model.atLimit === undefined ? giveUp(script, state, 'BotFailure', now) : runSteps(script, model.atLimit, state, now)

/** The caller's turn of the talk goes to the model; a wish for a person is granted without it. */
export function onModelTurnHeard(talking: ModelContext, text: string): ConversationTransition {
  const { script, state, model, now } = talking
  if (text.trim() === '') return onModelTurnSilence(talking)
  if (callerIntentIn(text, script.language) === 'Person' && script.fallback.causes.includes('CallerWish')) {
    return giveUp(script, state, 'CallerWish', now)
  }
  const turns = [...state.turns, { role: 'Caller' as const, text }]
  const { instructions, collects, exits } = model
  const effect: AskModel = { type: 'AskModel', step: state.step, instructions, collects, exits, turns }
  return [{ ...state, turns, waitsFor: 'Model', failures: 0 }, [effect]]
}

export function onModelTurnSilence({ script, state, now }: ModelContext): ConversationTransition {
  const failures = state.failures + 1
  if (failures > MOST_SILENCES) return giveUp(script, state, 'Silence', now)
  return [{ ...state, failures }, [say(state.step, script.language.phrases.notHeard), listen(state.step)]]
}

/** Only what the step declares, and only in its written form: a model may say anything. */
function acceptable(
  { script, model, now }: ModelContext,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const hearing = parseContextOf(script, now)
  const values = model.collects.flatMap(({ field, type, choices = [] }) => {
    if (script.isSecret(field)) return []
    const said = Object.hasOwn(given, field) ? given[field] : undefined
    if (typeof said !== 'string' || said.length > LONGEST_VALUE) return []
    const value = plainWords(said)
    if (value === '') return []
    const isDay = type === 'Date' && WRITTEN.Date!.test(value)
    if (isDay && dayOfIso(value) === undefined) return []
    if (WRITTEN[type]?.test(value)) return [[field, value] as const]
    if (type === 'Choice') {
      const chosen = choices.find((each) => each.toLowerCase() === value.toLowerCase())
      return chosen === undefined ? [] : [[field, chosen] as const]
    }
    const understood = parseAnswer({ type }, value, hearing)
    return understood === undefined || understood.certainty === 'Refused' ? [] : [[field, understood.value] as const]
  })
  return Object.fromEntries(values)
}

const WRITTEN: Partial<Record<SlotType, RegExp>> = {
  YesNo: /^(yes|no)$/,
  Digits: /^\d{1,32}$/,
  Date: /^\d{4}-\d\d-\d\d$/,
  Time: /^([01]\d|2[0-3]):[0-5]\d$/,
  Phone: /^\+[1-9]\d{6,14}$/,
  Amount: /^\d+\.\d\d [A-Z]{3}$/,
}
