import { collectedAnywhere } from './collected-values.ts'
import { type Check, didYouMean, type FlowContext, each, error, type Findings, oneOf } from './findings.ts'
import type { Conversation, Flow, Model } from './flow.ts'

type ModelAnswer = Conversation['models'][number]['answers'][number]

/** The tests beside a dialog name steps, operations, outcomes and values that it has. */
export const checkConversations: Check = (flow, facts) => {
  const { names, isOpen } = collectedAnywhere(flow, facts)
  const fields = isOpen ? undefined : [...names]
  return each(facts.bot.tests, (test, index) => [
    ...checkTurns(test, flow, `spec.tests[${index}]`),
    ...checkGiven(test, flow, facts, `spec.tests[${index}]`),
    ...checkModels(test, flow, `spec.tests[${index}]`),
    ...checkCollected(test, fields, `spec.tests[${index}]`),
  ])
}

function checkTurns({ turns }: Conversation, flow: Flow, path: string): Findings[] {
  const names = flow.steps.map(({ name }) => name)
  return turns.flatMap(({ expectStep }, index) =>
    expectStep === undefined || names.includes(expectStep)
      ? []
      : [
          error(
            `${path}.turns[${index}].expectStep`,
            `there is no step ${expectStep}.${didYouMean(expectStep, names)} Name one of the steps`,
          ),
        ],
  )
}

function checkGiven({ given }: Conversation, flow: Flow, { integrations }: FlowContext, path: string): Findings[] {
  const called = flow.steps.flatMap(({ request }) =>
    request === undefined ? [] : [{ ...request, key: `${request.integration}/${request.operation}` }],
  )
  const keys = [...new Set(called.map(({ key }) => key))]
  return given.flatMap(({ operation, outcome }, index) => {
    const request = called.find(({ key }) => key === operation)
    const at = `${path}.given[${index}]`
    if (request === undefined) {
      return [
        error(
          `${at}.operation`,
          `no step calls ${operation}.${didYouMean(operation, keys)} Name integration and operation as the steps do: ${oneOf(keys)}`,
        ),
      ]
    }
    const declared = integrations
      .get(request.integration)
      ?.http?.operations.find(({ name }) => name === request.operation)
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

function checkModels({ models }: Conversation, flow: Flow, path: string): Findings[] {
  const steps = flow.steps.filter(({ llm }) => llm !== undefined)
  return models.flatMap(({ step, answers }, index) => {
    const at = `${path}.models[${index}]`
    const llm = steps.find(({ name }) => name === step)?.llm
    if (llm !== undefined) return answers.flatMap((answer, each) => checkAnswer(answer, llm, `${at}.answers[${each}]`))
    const names = steps.map(({ name }) => name)
    return [error(`${at}.step`, `no llm step is called ${step}.${didYouMean(step, names)} Name one of ${oneOf(names)}`)]
  })
}

function checkAnswer({ say, exit, collected }: ModelAnswer, { exits, collects }: Model, path: string): Findings[] {
  const ends = exits.map(({ name }) => name)
  const fields = collects.map(({ field }) => field)
  const nothing =
    'the model says nothing and ends nothing, which counts as a failure: add say or exit, or remove the answer'
  return [
    ...(say === undefined && exit === undefined ? [error(path, nothing)] : []),
    ...(exit === undefined || ends.includes(exit)
      ? []
      : [error(`${path}.exit`, `the step has no exit ${exit}.${didYouMean(exit, ends)} Name one of ${oneOf(ends)}`)]),
    ...collected.flatMap(({ field }, index) =>
      fields.includes(field)
        ? []
        : [
            error(
              `${path}.collected[${index}].field`,
              `the step does not collect ${field}, so the bot drops it.${didYouMean(field, fields)} Name one of ${oneOf(fields)}`,
            ),
          ],
    ),
  ]
}

/** @param known every name under which the dialog collects something; undefined when there may be others */
function checkCollected({ collected }: Conversation, known: readonly string[] | undefined, path: string): Findings[] {
  return collected.flatMap(({ field }, index) =>
    known === undefined || known.includes(field)
      ? []
      : [
          error(
            `${path}.collected[${index}].field`,
            `no step collects ${field}.${didYouMean(field, known)} Name one of ${oneOf(known)}`,
          ),
        ],
  )
}
