import { collectedAnywhere } from './collected.ts'
import { type Check, didYouMean, each, error, type Findings, oneOf, type DialogFacts } from './facts.ts'
import type { Conversation, Flow } from './flow.ts'

/** The tests beside a dialog name steps, operations, outcomes and values that it has. */
export const checkConversations: Check = (flow, facts) =>
  each(facts.bot.tests, (test, index) => [
    ...checkTurns(test, flow, `spec.tests[${index}]`),
    ...checkGiven(test, flow, facts, `spec.tests[${index}]`),
    ...checkCollected(test, flow, facts, `spec.tests[${index}]`),
  ])

function checkTurns({ turns }: Conversation, flow: Flow, path: string): Findings[] {
  const names = flow.steps.map(({ name }) => name)
  return turns.flatMap(({ expectStep }, index) =>
    expectStep === undefined || names.includes(expectStep)
      ? []
      : [
          error(
            `${path}.turns[${index}].expectStep`,
            `there is no step ${expectStep}.${didYouMean(expectStep, names)} Name one of the steps of the dialog`,
          ),
        ],
  )
}

function checkGiven({ given }: Conversation, flow: Flow, { integrations }: DialogFacts, path: string): Findings[] {
  const called = flow.steps.flatMap(({ call }) =>
    call === undefined ? [] : [{ ...call, key: `${call.integration}/${call.operation}` }],
  )
  return given.flatMap(({ operation, outcome }, index) => {
    const keys = [...new Set(called.map(({ key }) => key))]
    const call = called.find(({ key }) => key === operation)
    const at = `${path}.given[${index}]`
    if (call === undefined) {
      return [
        error(
          `${at}.operation`,
          `no step calls ${operation}.${didYouMean(operation, keys)} Name integration and operation as the steps do: ${oneOf(keys)}`,
        ),
      ]
    }
    const declared = integrations
      .get(call.integration)
      ?.http?.operations.find(({ name }) => name === call.operation)
      ?.outcomes.map(({ name }) => name)
    const outcomes = declared && [...declared, 'Done', 'Failed']
    return outcomes === undefined || outcomes.includes(outcome)
      ? []
      : [
          error(
            `${at}.outcome`,
            `${operation} never ends as ${outcome}.${didYouMean(outcome, outcomes)} Name one of ${oneOf(outcomes)}`,
          ),
        ]
  })
}

function checkCollected({ collected }: Conversation, flow: Flow, facts: DialogFacts, path: string): Findings[] {
  const { names, isOpen } = collectedAnywhere(flow, facts)
  return collected.flatMap(({ field }, index) =>
    isOpen || names.has(field)
      ? []
      : [
          error(
            `${path}.collected[${index}].field`,
            `no step collects ${field}.${didYouMean(field, [...names])} Name one of ${oneOf([...names])}`,
          ),
        ],
  )
}
