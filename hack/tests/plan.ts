/** Which tests run beside which. Files are paths from the root of the checkout; files of a group run in one mocha, one after the other. */

export interface Plan {
  /** What needs nothing but Node, a minute or two: before all others, since some of it measures milliseconds and none gets a second try. */
  first: string[]
  /** What needs the three zones, and breaks something there: one group at a time in each cluster. */
  zones: string[][]
  /** What brings all that it needs: runs meanwhile. */
  beside: string[][]
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
/** Its API server is its own. */
const BRINGS_ITS_OWN = 'test/e2e/operator-dies-at-every-write.test.ts'
/** Each of them starts and stops the cluster of instance 1. */
const ONE_AFTER_THE_OTHER = 'test/cluster/local-cluster/'
/** Starting a mocha takes two seconds of a core: not for each file. */
const GROUP = 6

/** From what is quick to what takes long. */
export const SUITES = ['unit', 'golden', 'cluster', 'contrast', 'e2e'] as const

/** @param stageOf what takes most of a minute to set and files share, if a file needs one: files with the same stage are one group */
export function planOf(files: readonly string[], stageOf: (file: string) => string | undefined): Plan {
  const rank = (file: string) => SUITES.findIndex((suite) => file.startsWith(`test/${suite}/`))
  const ordered = files.toSorted((one, other) => rank(one) - rank(other) || one.localeCompare(other))
  const shared = ordered.filter((file) => !ALONE.includes(file))
  const first = shared.filter((file) => FIRST.some((folder) => file.startsWith(folder)))
  const inZones = shared.filter((file) => file.startsWith('test/e2e/') && file !== BRINGS_ITS_OWN)
  const beside = shared.filter((file) => !inZones.includes(file) && !first.includes(file))
  const [clusters, others] = partition(beside, (file) => file.startsWith(ONE_AFTER_THE_OTHER))
  const onStages = Map.groupBy(inZones, (file) => stageOf(file) ?? file)
  return {
    first,
    zones: [...onStages.values()].toSorted((one, other) => other.length - one.length),
    beside: [clusters, ...groupsOf(others)].filter((group) => group.length > 0),
    alone: ALONE.filter((file) => files.includes(file)),
  }
}

function partition(files: readonly string[], belongs: (file: string) => boolean): [string[], string[]] {
  return [files.filter(belongs), files.filter((file) => !belongs(file))]
}

function groupsOf(files: readonly string[]): string[][] {
  const count = Math.ceil(files.length / GROUP)
  return Array.from({ length: count }, (_, index) => files.slice(index * GROUP, (index + 1) * GROUP))
}

/** So many files don't fail by chance: there is something to fix, and no second try helps. */
const CHANCE = 6

/**
 * A test on a real cluster shares its machine with three Kubernetes zones and with other tests: once, it may be tried again, alone.
 * No other test gets a second try: what fails there once in a thousand runs is a bug.
 */
export function mayTryAgain(failed: readonly string[]): string[] {
  if (failed.length > CHANCE) return []
  return failed.filter((file) => file.startsWith('test/cluster/') || file.startsWith('test/e2e/'))
}
