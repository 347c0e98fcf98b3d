import { type Branch, type Cause, type FlowStep } from '../rules/flow/flow.ts'
import { handedOver, inputsOf } from '../rules/flow/collect-filter.ts'
import { askQuestion } from './questions.ts'
import { type Script, spoken } from './prepared-flow.ts'
import type { ConversationState, Effect, ConversationTransition, Held, Say } from './types.ts'

/** A flow that goes round without waiting for anybody would never end: `checkFlow` refuses it, this stops it. */
const MOST_STEPS = 300

export const say = (step: string, text: string, bargeIn: Say['bargeIn'] = 'Allowed'): Say => ({
  type: 'Say',
  text,
  bargeIn,
  step,
})

/** The state at the beginning of a step. */
export const entering = (step: string, { collected, secrets, collect }: Held): ConversationState => ({
  step,
  waitsFor: 'Nothing',
  collected,
  secrets,
  collect,
  failures: 0,
  typed: '',
  unclear: 0,
  repeats: 0,
  turns: [],
})

/** Goes on at a step, and from there to the first that waits for something or ends the call. */
export function runSteps(
  script: Script,
  name: string,
  held: Held,
  now: number,
  before: readonly Say[] = [],
): ConversationTransition {
  const said: Effect[] = [...before]
  let next = name
  for (let count = 0; count < MOST_STEPS; count++) {
    const step = script.steps.get(next)
    if (step === undefined) break
    const { text, bargeIn } = step.say ?? {}
    if (text !== undefined) {
      const words = spoken(script, text, held.collected, now)
      if (words !== '') said.push(say(step.name, words, bargeIn))
      next = step.next!
    } else if (step.choose !== undefined) {
      next = step.choose.branches.find((branch) => isTrue(branch, held))?.next ?? step.choose.otherwise
    } else {
      const [state, effects] = enterStep(script, step, held, now)
      return [state, [...said, ...effects]]
    }
  }
  const [state, effects] = giveUp(script, entering(next, held), 'BotFailure', now)
  return [state, [...said, ...effects]]
}

/** Steps that wait, or end the call. */
function enterStep(script: Script, step: FlowStep, held: Held, now: number): ConversationTransition {
  const state = entering(step.name, held)
  const { collected } = held
  const words = (text: string | undefined) =>
    text === undefined ? [] : [say(step.name, spoken(script, text, collected, now))]
  if (step.ask !== undefined) return askQuestion(script, state, step.ask, now)
  if (step.request !== undefined) {
    const { integration, operation, holdText } = step.request
    const input = inputsOf(step.request.input, held)
    const hold = holdText === undefined ? {} : { holdText: spoken(script, holdText, collected, now) }
    const effect: Effect = { type: 'RequestOperation', step: step.name, integration, operation, input, ...hold }
    return [{ ...state, waitsFor: 'Operation' }, [effect]]
  }
  if (step.transfer !== undefined) {
    const { integration, to, method, ringSeconds, handOver: fields } = step.transfer
    const handOver = handedOver(fields, held)
    const effect: Effect = { type: 'Transfer', step: step.name, integration, to, method, handOver, ringSeconds }
    return [{ ...state, waitsFor: 'Transfer' }, [...words(step.transfer.say), effect]]
  }
  if (step.llm !== undefined) {
    const { instructions, collects, exits } = step.llm
    const effect: Effect = { type: 'AskModel', step: step.name, instructions, collects, exits, turns: [] }
    return [{ ...state, waitsFor: 'Model' }, [effect]]
  }
  return [state, [...words(step.hangUp?.say), { type: 'HangUp', step: step.name }]]
}

/** The bot can't go on: the emergency number, or words of regret where it isn't meant for the cause. */
export function giveUp(script: Script, state: ConversationState, cause: Cause, now: number): ConversationTransition {
  const { fallback, language } = script
  const { step, collected } = state
  const over: ConversationState = { ...state, waitsFor: 'Nothing' }
  if (!fallback.causes.includes(cause)) {
    return [over, [say(step, language.phrases.apology, 'Refused'), { type: 'HangUp', step }]]
  }
  const words = spoken(script, fallback.say ?? language.phrases.fallback, collected, now)
  return [over, [say(step, words, 'Refused'), { type: 'Fallback', step, cause }]]
}

function isTrue({ field, operator, values }: Branch, { collected, secrets }: Held): boolean {
  const value = secrets[field] ?? collected[field]
  switch (operator) {
    case 'Exists':
      return value !== undefined
    case 'Absent':
      return value === undefined
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Below':
      return Number.parseFloat(value ?? '') < Number.parseFloat(values[0]!)
    case 'Above':
      return Number.parseFloat(value ?? '') > Number.parseFloat(values[0]!)
  }
}
