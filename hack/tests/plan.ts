/** Which tests run beside which. Files are paths from the root of the checkout; files of a group run in one mocha, one after the other. */

export interface Plan {
  /** What needs nothing but Node, two groups at a time for a minute or two: before all others, since some of it measures milliseconds and none gets a second try. */
  first: string[][]
  /** What needs the three zones, and leaves them and the chart as they are: two groups at a time in the first cluster, before `zones`. */
  neighbours: string[][]
  /** What needs the three zones, and breaks something there: one group at a time in each cluster. */
  zones: string[][]
  /** What brings all that it needs: runs meanwhile. */
  beside: string[][]
  /** What measures time under load wants the machine for itself. The last of them judges what all others did. */
  alone: string[]
}

const ALONE = [
  'test/integration/edge/trunk-failover-times.test.ts',
  'test/integration/edge/a-drill-sees-its-own-fault.test.ts',
  'test/integration/calls/leaving.test.ts',
  'test/integration/calls/hundred-calls.test.ts',
  'test/integration/calls/outside-people.test.ts',
  'test/integration/calls/test-call.test.ts',
  'test/integration/calls/test-calls-to-others.test.ts',
  'test/integration/edge/a-test-call-by-order.test.ts',
  'test/integration/listeners/a-pod-under-attack.test.ts',
  'test/integration/operator/a-drill-outlives-no-operator.test.ts',
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
const ONE_AFTER_THE_OTHER = 'test/integration/local-cluster/'
/** Starting a mocha takes two seconds of a core: not for each file. */
const GROUP = 6
/** What needs nothing but Node is over so soon that more of it shares one. */
const QUICK_GROUP = 30

/** From what is quick to what takes long. */
export const SUITES = ['unit', 'golden', 'integration', 'contrast', 'e2e'] as const

export interface Stage {
  /** What takes most of a minute to set and files share, if a file needs one: files with the same stage are one group. */
  name?: string | undefined
  /** The file's own word that another such file may run in the same cluster at the same time. */
  isShared?: boolean
}

/** What sets a stage, by the name under which a test imports it. */
const STAGES = ['useDataStage', 'talkingValues', 'useDrillStage']
/** By which a test says that it shares its cluster. */
const SHARED = 'sharedOperatorServes'

/** @param text that of a test file: what it calls says which stage it needs, and whether it shares its cluster */
export const stageIn = (text: string): Stage => ({
  name: STAGES.find((stage) => text.includes(stage)),
  isShared: text.includes(`${SHARED}(`),
})

/** @param stageOf what a file says of its stage */
export function planOf(files: readonly string[], stageOf: (file: string) => Stage): Plan {
  const rank = (file: string) => SUITES.findIndex((suite) => file.startsWith(`test/${suite}/`))
  const ordered = files.toSorted((one, other) => rank(one) - rank(other) || one.localeCompare(other))
  const shared = ordered.filter((file) => !ALONE.includes(file))
  const first = shared.filter((file) => FIRST.some((folder) => file.startsWith(folder)))
  const inZones = shared.filter((file) => file.startsWith('test/e2e/') && file !== BRINGS_ITS_OWN)
  const beside = shared.filter((file) => !inZones.includes(file) && !first.includes(file))
  const [clusters, others] = partition(beside, (file) => file.startsWith(ONE_AFTER_THE_OTHER))
  const [neighbours, zones] = partition(inZones, (file) => stageOf(file).isShared === true)
  const onStages = (some: readonly string[]) =>
    [...Map.groupBy(some, (file) => stageOf(file).name ?? file).values()].toSorted(
      (one, other) => other.length - one.length,
    )
  return {
    first: groupsOf(first, QUICK_GROUP),
    neighbours: onStages(neighbours),
    zones: onStages(zones),
    beside: [clusters, ...groupsOf(others, GROUP)].filter((group) => group.length > 0),
    alone: ALONE.filter((file) => files.includes(file)),
  }
}

function partition(files: readonly string[], belongs: (file: string) => boolean): [string[], string[]] {
  return [files.filter(belongs), files.filter((file) => !belongs(file))]
}

function groupsOf(files: readonly string[], size: number): string[][] {
  const count = Math.ceil(files.length / size)
  return Array.from({ length: count }, (_, index) => files.slice(index * size, (index + 1) * size))
}

/**
 * So many files don't fail by chance: there is something to fix, and no second try helps. A machine that stands still for a minute fails
 * whatever two lanes play in it, which are a dozen small files.
 */
const CHANCE = 15

/**
 * A test on a real cluster shares its machine with three Kubernetes zones and with other tests: once, it may be tried again, alone.
 * No other test gets a second try: what fails there once in a thousand runs is a bug.
 */
export function mayTryAgain(failed: readonly string[]): string[] {
  if (failed.length > CHANCE) return []
  return failed.filter((file) => file.startsWith('test/integration/') || file.startsWith('test/e2e/'))
}
