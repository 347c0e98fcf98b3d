import { type Check, each, error, type Findings, stepPath, mergeFindings } from './findings.ts'
import { type FlowStep, fieldsIn } from './flow.ts'

/**
 * Every value that the dialog asks for is allowed by the retention policy, with its purpose and legal basis; and so is every other that
 * it hands over, which would arrive empty otherwise. Without a policy nothing leaves the bot, so nothing may be handed over.
 */
export const checkPolicy: Check = (flow, facts) => {
  const { policy, bot } = facts
  if (policy === 'unknown') return mergeFindings([])
  if (policy === undefined) return each(flow.steps, (step, index) => withoutPolicy(step, stepPath(facts, index)))
  const allowed = new Set(policy.collect.map(({ field }) => field))
  const name = bot.retentionPolicyRef?.name ?? ''
  const refuse = (path: string, field: string) =>
    error(
      path,
      `RetentionPolicy ${name} does not allow ${field}: list it in spec.collect there, with purpose and legalBasis, or don't ask for it`,
    )
  const withheld = (path: string, field: string): Findings =>
    error(
      path,
      `RetentionPolicy ${name} does not list ${field}, so it never leaves the bot: list it in spec.collect there, with purpose and legalBasis, or leave it out`,
    )
  // Those are refused where they are asked for.
  const asked = new Set(
    flow.steps.flatMap(({ ask, llm }) => [
      ...(ask === undefined ? [] : [ask.field]),
      ...(llm?.collects ?? []).map(({ field }) => field),
    ]),
  )
  return each(flow.steps, ({ ask, llm }, index) => [
    ...(ask === undefined || allowed.has(ask.field) ? [] : [refuse(`${stepPath(facts, index)}.ask.field`, ask.field)]),
    ...(llm?.collects ?? []).flatMap(({ field }, at) =>
      allowed.has(field) ? [] : [refuse(`${stepPath(facts, index)}.llm.collects[${at}].field`, field)],
    ),
    ...handedOverFields(flow.steps[index]!, stepPath(facts, index)).flatMap(({ field, path }) =>
      allowed.has(field) || asked.has(field) ? [] : [withheld(path, field)],
    ),
  ])
}

const withoutPolicy = (step: FlowStep, path: string): Findings[] =>
  handedOverFields(step, path).map((given) =>
    error(
      given.path,
      `the bot names no RetentionPolicy, so ${given.field} never leaves it: set spec.retentionPolicyRef to one that lists ${given.field} in ` +
        'spec.collect, with purpose and legalBasis, or leave it out',
    ),
  )

function handedOverFields({ request, transfer }: FlowStep, path: string): { field: string; path: string }[] {
  const inputs = (request?.input ?? []).flatMap(({ value }, at) =>
    fieldsIn(value).map((field) => ({ field, path: `${path}.request.input[${at}].value` })),
  )
  return [...inputs, ...(transfer?.handOver ?? []).map((field) => ({ field, path: `${path}.transfer.handOver` }))]
}
