/** Which tests run beside which. Files are paths from the root of the checkout; files of a group run in one mocha, one after the other. */
import type { Declaration, Tier } from './declaration.ts'

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

/** So many groups play beside each other where there is one cluster (lanes.ts), once the zones are done: two leave half of two cores idle. */
export const LANES = 3

/** Each of them starts and stops the cluster of instance 1. */
const ONE_AFTER_THE_OTHER = 'test/integration/local-cluster/'
/** It judges what everybody else was allowed. */
const JUDGE = 'test/e2e/rights-granted-are-rights-used.test.ts'
/** Starting a mocha takes two seconds of a core: not for each file. A group ends with either number. */
const GROUP = { files: 6, seconds: 60 }
/** What needs nothing but Node is over so soon that more of it shares one. */
const QUICK_GROUP = { files: 30, seconds: Infinity }

export interface PlanOptions {
  /** What each file declares. */
  declared: (file: string) => Declaration
  /** Seconds that a file took last; undefined: never played. */
  tookLast?: (file: string) => number | undefined
  /** Files that failed last: they are played first. */
  failedLast?: readonly string[]
}

/** Pure. What failed last begins; then what takes long, so that the lanes end together. */
export function planOf(files: readonly string[], { declared, tookLast, failedLast = [] }: PlanOptions): Plan {
  const of = new Map(files.map((file) => [file, declared(file)]))
  const seconds = (file: string) => tookLast?.(file) ?? of.get(file)!.seconds
  const cost = (group: readonly string[]) => group.reduce((sum, file) => sum + seconds(file), 0)
  const failed = (group: readonly string[]) => group.some((file) => failedLast.includes(file))
  const inOrder = (groups: readonly string[][]) =>
    groups.toSorted((one, other) => Number(failed(other)) - Number(failed(one)) || cost(other) - cost(one))
  const packed = (some: readonly string[], most: typeof GROUP) => inOrder(groupsOf(some, most, seconds))

  const ordered = files.toSorted((one, other) => one.localeCompare(other))
  const [alone, shared] = partition(ordered, (file) => of.get(file)!.isAlone)
  const [first, others] = partition(shared, (file) => of.get(file)!.tier === 'unit')
  const [inZones, beside] = partition(others, (file) => needsZones(file, of.get(file)!))
  const [clusters, rest] = partition(beside, (file) => file.startsWith(ONE_AFTER_THE_OTHER))
  const [neighbours, zones] = partition(inZones, (file) => of.get(file)!.isShared)
  const onStages = (some: readonly string[]) =>
    inOrder([...Map.groupBy(some, (file) => of.get(file)!.stage ?? file).values()])
  return {
    first: packed(first, QUICK_GROUP),
    neighbours: onStages(neighbours),
    zones: onStages(zones),
    beside: [clusters, ...packed(rest, GROUP)].filter((group) => group.length > 0),
    alone: alone.toSorted((one, other) => Number(one === JUDGE) - Number(other === JUDGE)),
  }
}

/** Whether a file needs the three zones. */
export const needsZones = (file: string, { stage }: Declaration): boolean =>
  file.startsWith('test/e2e/') && stage !== 'none'

/** What `make test` plays; proofs are the rest. */
export const isOfTest = ({ tier }: Declaration): boolean => tier !== 'proof'

/** Seconds that real programs and the three zones take in a plan, in its lanes. Pure. */
export function secondsOf({ neighbours, zones, beside, alone }: Plan, seconds: (file: string) => number): number {
  const sum = (files: readonly string[]) => files.reduce((total, file) => total + seconds(file), 0)
  const inZones = sum(neighbours.flat()) / 2 + sum(zones.flat())
  const left = sum(beside.flat()) - sum(zones.flat())
  return inZones + Math.max(0, left / LANES) + sum(alone)
}

function partition(files: readonly string[], belongs: (file: string) => boolean): [string[], string[]] {
  return [files.filter(belongs), files.filter((file) => !belongs(file))]
}

function groupsOf(files: readonly string[], most: typeof GROUP, seconds: (file: string) => number): string[][] {
  const groups: string[][] = []
  let left = { files: 0, seconds: 0 }
  for (const file of files) {
    if (left.files < 1 || left.seconds < seconds(file)) {
      groups.push([])
      left = { ...most }
    }
    groups.at(-1)!.push(file)
    left = { files: left.files - 1, seconds: left.seconds - seconds(file) }
  }
  return groups
}

/** So many files don't fail by chance: there is something to fix, and no second try helps. */
const CHANCE = 6

/**
 * A test on real programs shares its machine with them and with other tests: once, it may be tried again, alone.
 * No other test gets a second try: what fails there once in a thousand runs is a bug.
 */
export function mayTryAgain(failed: readonly string[], tierOf: (file: string) => Tier): string[] {
  if (failed.length > CHANCE) return []
  return failed.filter((file) => ['component', 'check'].includes(tierOf(file)))
}
