/** The file of policies of a namespace that sweep and store read. */
import type { RetentionPolicyFacts } from '../world/retention-policy.ts'

type Filed = Pick<RetentionPolicyFacts, 'namespace' | 'name' | 'generation' | 'kept'>

/** JSON, as src/messages/policies.ts reads it. The same text for the same policies, in whatever order they come. */
export function writePolicies(policies: Iterable<Filed>): string {
  const entries = [...policies].map(({ namespace, name, generation, kept }) => ({
    ...{ tenant: namespace, name, generation, mode: kept.mode, maxDeletionsPerRun: kept.maxDeletionsPerRun },
    rules: kept.lives.map((rule) => ({ class: rule.class, seconds: rule.seconds })),
    legalHolds: kept.legalHolds.map(({ name: hold, classes, callsFrom, callsUntil, endsOn }) => ({
      ...{ name: hold, classes, callsFrom, callsUntil, endsOn },
    })),
  }))
  const keyOf = ({ tenant, name }: (typeof entries)[number]) => `${tenant}/${name}`
  return JSON.stringify(entries.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)))
}
