import type { Conversation } from '../rules/flow/flow.ts'
import type { ConversationEvent, Effect } from './types.ts'

type Answer = Conversation['models'][number]['answers'][number]

/**
 * What the world answers in a test: the client's system, the language model, who is called by a transfer. Undefined: the dialog
 * waits for the caller, or is over. What a test doesn't say fails. Each answer of a model is given once.
 */
export function pretend({
  given,
  models,
  transfers,
}: Conversation): (wait: Effect | undefined) => ConversationEvent | undefined {
  const left = new Map(models.map(({ step, answers }) => [step, [...answers]]))
  return (wait) => {
    switch (wait?.type) {
      case 'AskModel':
        return modelEvent(left.get(wait.step)?.shift())
      case 'RequestOperation':
        return operationEvent(given.find(({ operation }) => operation === `${wait.integration}/${wait.operation}`))
      case 'Transfer':
        return transfers === 'Unanswered' ? { type: 'TransferFailed' } : undefined
      default:
        return undefined
    }
  }
}

function modelEvent(answer: Answer | undefined): ConversationEvent {
  if (answer === undefined) return { type: 'ModelFailed' }
  const { say, exit, collected } = answer
  return {
    type: 'ModelAnswered',
    ...(say !== undefined && { say }),
    ...(exit !== undefined && { exit }),
    collected: Object.fromEntries(collected.map(({ field, value }) => [field, value])),
  }
}

function operationEvent(answer: Conversation['given'][number] | undefined): ConversationEvent {
  if (answer === undefined) return { type: 'OperationEnded', outcome: 'Failed', output: {} }
  const output = Object.fromEntries(answer.output.map(({ name, value }) => [name, value]))
  return { type: 'OperationEnded', outcome: answer.outcome, output }
}
