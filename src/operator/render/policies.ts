/** The file of policies of a namespace that sweep and store read: written, and what was written read again. */
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

/** By namespace, the names of the policies in a text that was written. What can't be read has none. */
export function namesOfPolicies(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  try {
    const entries = JSON.parse(text) as readonly { tenant: string; name: string }[]
    const groups = Map.groupBy(entries, ({ tenant }) => tenant)
    return new Map([...groups].map(([tenant, own]) => [tenant, new Set(own.map(({ name }) => name))]))
  } catch {
    return new Map()
  }
}
