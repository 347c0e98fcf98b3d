import { EMERGENCY_NUMBERS } from '../../lib/emergency-numbers.ts'
import type { Route } from '../../rules/route.ts'
import { trunksDomain } from '../../rules/trunks.ts'

/** What no drill has to do with, by the domain of an Integration: public emergency numbers, and those that bots call through it. */
export function sparedNumbers(routes: Iterable<Route>): (domain: string) => readonly string[] {
  const found = new Map<string, Set<string>>()
  for (const { callbot, fallback } of routes) {
    if (fallback === undefined) continue
    const domain = trunksDomain({ namespace: callbot.namespace, name: fallback.integration })
    found.set(domain, (found.get(domain) ?? new Set()).add(fallback.number))
  }
  return (domain) => [...EMERGENCY_NUMBERS, ...[...(found.get(domain) ?? [])].sort()]
}
