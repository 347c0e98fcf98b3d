/**
 * Plays a dialog: `(state, event) -> [state, effects]`. It performs nothing and knows no clock; whoever owns the call does
 * what the effects say, and tells what happened.
 */
import { type Asking, onAnswerHeard, onAnswerKey, onAnswerSilence } from './answers.ts'
import { onConfirmationHeard, onConfirmationKey, onConfirmationSilence } from './confirmation.ts'
import { onModelAnswered, onModelFailed, onModelTurnHeard, onModelTurnSilence, type Talking } from './llm-steps.ts'
import type { Script } from './prepared-flow.ts'
import type { DialogEvent, DialogState, Move } from './types.ts'
import { giveUp, walk } from './step-runner.ts'

export { prepareDialog, promptsOf, textsOf, type Script } from './prepared-flow.ts'

/** The call was answered. `now` in epoch milliseconds, here and below. */
export const startDialog = (script: Script, now: number): Move => walk(script, script.start, {}, now)

/** Something happened. An event that doesn't fit what is waited for changes nothing and has no effects. */
export function advanceDialog(script: Script, state: DialogState, event: DialogEvent, now: number): Move {
  if (state.waitsFor === 'Nothing') return [state, []]
  if (event.type === 'Trouble') return giveUp(script, state, event.cause, now)
  const step = script.steps.get(state.step)
  if (step?.ask !== undefined) return onAsk({ script, state, ask: step.ask, next: step.next!, now }, event)
  if (step?.llm !== undefined) return onModel({ script, state, model: step.llm, now }, event)
  if (step?.call !== undefined && event.type === 'OperationEnded') {
    const { outcome, output } = event
    const next = step.call.outcomes.find((each) => each.outcome === outcome)?.next ?? step.next!
    return walk(script, next, { ...state.collected, ...output }, now)
  }
  if (step?.transfer !== undefined && event.type === 'TransferFailed') {
    const { unanswered } = step.transfer
    return unanswered === undefined
      ? giveUp(script, state, 'BotFailure', now)
      : walk(script, unanswered, state.collected, now)
  }
  return [state, []]
}

function onAsk(asking: Asking, event: DialogEvent): Move {
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

function onModel(talking: Talking, event: DialogEvent): Move {
  const isModelsTurn = talking.state.waitsFor === 'Model'
  if (isModelsTurn && event.type === 'ModelAnswered') return onModelAnswered(talking, event)
  if (isModelsTurn && event.type === 'ModelFailed') return onModelFailed(talking)
  if (!isModelsTurn && event.type === 'Heard') return onModelTurnHeard(talking, event.text)
  if (!isModelsTurn && event.type === 'NoInput') return onModelTurnSilence(talking)
  return [talking.state, []]
}
