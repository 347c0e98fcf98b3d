/**
 * Plays a dialog: `(state, event) -> [state, effects]`. It performs nothing and knows no clock; whoever owns the call does
 * what the effects say, and tells what happened.
 */
import { type QuestionContext, onAnswerHeard, onAnswerKey, onAnswerSilence } from './answers.ts'
import { onConfirmationHeard, onConfirmationKey, onConfirmationSilence } from './confirmation.ts'
import { onModelAnswered, onModelFailed, onModelTurnHeard, onModelTurnSilence, type ModelContext } from './llm-steps.ts'
import { narrowed } from '../rules/flow/collect-filter.ts'
import type { Script } from './prepared-flow.ts'
import type { ConversationEvent, ConversationState, ConversationTransition } from './types.ts'
import { giveUp, runSteps } from './step-runner.ts'

export { prepareFlow, promptsOf, textsOf, type Script } from './prepared-flow.ts'

/**
 * The call was answered. `now` in epoch milliseconds, here and below.
 * @param collect names of the values that may leave the bot
 */
export const startConversation = (script: Script, now: number, collect: readonly string[]): ConversationTransition =>
  runSteps(script, script.start, { collected: {}, secrets: {}, collect }, now)

/** Something happened. An event that doesn't fit what is waited for changes nothing and has no effects. */
export function advanceConversation(
  script: Script,
  state: ConversationState,
  event: ConversationEvent,
  now: number,
): ConversationTransition {
  if (event.type === 'PolicyChanged') return [{ ...state, collect: narrowed(state.collect, event.collect) }, []]
  if (state.waitsFor === 'Nothing') return [state, []]
  if (event.type === 'Trouble') return giveUp(script, state, event.cause, now)
  const step = script.steps.get(state.step)
  if (step?.ask !== undefined) return onAsk({ script, state, ask: step.ask, next: step.next!, now }, event)
  if (step?.llm !== undefined) return onModel({ script, state, model: step.llm, now }, event)
  if (step?.request !== undefined && event.type === 'OperationEnded') {
    const { outcome, output } = event
    const next = step.request.outcomes.find((each) => each.outcome === outcome)?.next ?? step.next!
    return runSteps(script, next, { ...state, collected: { ...state.collected, ...brought(script, output) } }, now)
  }
  if (step?.transfer !== undefined && event.type === 'TransferFailed') {
    const { unanswered } = step.transfer
    return unanswered === undefined
      ? giveUp(script, state, 'BotFailure', now)
      : runSteps(script, unanswered, state, now)
  }
  return [state, []]
}

/** What an operation brings, but under the name of a secret, which only the caller gives. */
const brought = (script: Script, output: ConversationState['collected']) =>
  Object.fromEntries(Object.entries(output).filter(([field]) => !script.isSecret(field)))

function onAsk(asking: QuestionContext, event: ConversationEvent): ConversationTransition {
  const isConfirming = asking.state.waitsFor === 'Confirmation'
  switch (event.type) {
    case 'Heard':
      return isConfirming ? onConfirmationHeard(asking, event) : onAnswerHeard(asking, event)
    case 'Key':
      return isConfirming ? onConfirmationKey(asking, event.key) : onAnswerKey(asking, event.key)
    case 'NoInput':
      return isConfirming ? onConfirmationSilence(asking) : onAnswerSilence(asking)
    default:
      return [asking.state, []]
  }
}

function onModel(talking: ModelContext, event: ConversationEvent): ConversationTransition {
  const isModelsTurn = talking.state.waitsFor === 'Model'
  if (isModelsTurn && event.type === 'ModelAnswered') return onModelAnswered(talking, event)
  if (isModelsTurn && event.type === 'ModelFailed') return onModelFailed(talking)
  if (!isModelsTurn && event.type === 'Heard') return onModelTurnHeard(talking, event.text)
  if (!isModelsTurn && event.type === 'NoInput') return onModelTurnSilence(talking)
  return [talking.state, []]
}
