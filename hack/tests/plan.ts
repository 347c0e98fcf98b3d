/** Which tests run beside which. Files are paths from the root of the checkout. */

export interface Plan {
  /** What needs nothing but Node, a minute or two: before all others, since some of it measures milliseconds and none gets a second try. */
  first: string[]
  /** What needs the three zones, one file after the other: each of them breaks something there. */
  zones: string[]
  /** What brings all that it needs: runs meanwhile. */
  beside: string[]
  /** What measures time under load wants the machine for itself. The last of them judges what all others did. */
  alone: string[]
}

const ALONE = [
  'test/cluster/edge/trunk-failover-times.test.ts',
  'test/cluster/edge/a-drill-sees-its-own-fault.test.ts',
  'test/cluster/calls/leaving.test.ts',
  'test/cluster/calls/hundred-calls.test.ts',
  'test/cluster/calls/outside-people.test.ts',
  'test/cluster/calls/test-call.test.ts',
  'test/cluster/calls/test-calls-to-others.test.ts',
  'test/cluster/edge/a-test-call-by-order.test.ts',
  'test/cluster/listeners/a-pod-under-attack.test.ts',
  'test/e2e/nobody-speaks-into-a-call.test.ts',
  'test/e2e/zone-loss-costs-no-new-call.test.ts',
  'test/e2e/rollout-cuts-no-call.test.ts',
  'test/e2e/peak-is-answered.test.ts',
  'test/e2e/rights-granted-are-rights-used.test.ts',
]
const FIRST = ['test/unit/', 'test/golden/']
const ZONES = ['test/cluster/local-cluster/', 'test/e2e/']
/** Its API server is its own. */
const BRINGS_ITS_OWN = 'test/e2e/operator-dies-at-every-write.test.ts'

/** From what is quick and tells most to what takes long. */
export const SUITES = ['unit', 'golden', 'cluster', 'contrast', 'e2e'] as const

/** @param talks whether a file needs the speech server: those stand together, since it takes most of a minute to come */
export function planOf(files: readonly string[], talks: (file: string) => boolean): Plan {
  const rank = (file: string) => SUITES.findIndex((suite) => file.startsWith(`test/${suite}/`))
  const ordered = files.toSorted((one, other) => rank(one) - rank(other) || one.localeCompare(other))
  const shared = ordered.filter((file) => !ALONE.includes(file))
  const isIn = (folders: readonly string[]) => (file: string) => folders.some((folder) => file.startsWith(folder))
  const inZones = (file: string) => isIn(ZONES)(file) && file !== BRINGS_ITS_OWN
  const first = shared.filter(isIn(FIRST))
  const beside = shared.filter((file) => !inZones(file) && !first.includes(file))
  return {
    first,
    zones: shared.filter(inZones).toSorted((one, other) => Number(talks(other)) - Number(talks(one))),
    beside,
    alone: ALONE.filter((file) => files.includes(file)),
  }
}

/** So many files don't fail by chance: there is something to mend, and no second try helps. */
const CHANCE = 6

/**
 * A test on a real cluster shares its machine with three Kubernetes zones and with other tests: once, it may be tried again, alone.
 * No other test gets a second try: what fails there once in a thousand runs is a bug.
 */
export function mayTryAgain(failed: readonly string[]): string[] {
  if (failed.length > CHANCE) return []
  return failed.filter((file) => file.startsWith('test/cluster/') || file.startsWith('test/e2e/'))
}
