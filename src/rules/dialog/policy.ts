import { type Check, each, error, stepPath, together } from './facts.ts'

/** Every value that the dialog asks for is allowed by the retention policy, with its purpose and legal basis. */
export const checkPolicy: Check = (flow, facts) => {
  const { policy, bot } = facts
  if (policy === undefined || policy === 'unknown') return together([])
  const allowed = new Set(policy.collect.map(({ field }) => field))
  const name = bot.retentionPolicyRef?.name ?? ''
  const refuse = (path: string, field: string) =>
    error(
      path,
      `RetentionPolicy ${name} does not allow ${field}: list it in spec.collect there, with purpose and legalBasis, or don't ask for it`,
    )
  return each(flow.steps, ({ ask, llm }, index) => [
    ...(ask === undefined || allowed.has(ask.field) ? [] : [refuse(`${stepPath(facts, index)}.ask.field`, ask.field)]),
    ...(llm?.collects ?? []).flatMap(({ field }, at) =>
      allowed.has(field) ? [] : [refuse(`${stepPath(facts, index)}.llm.collects[${at}].field`, field)],
    ),
  ])
}
