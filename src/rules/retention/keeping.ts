/** Which classes of a call's data are kept, for how long, and where. */
import { DATA_CLASSES } from '../../api/retention-policy.ts'
import { lifeOf, type DataClass, type Rules } from './life.ts'

/** Seconds from the end of a call to the expiry of its records of a class, from 1. A class that is missing is not kept. */
export type Lives = Readonly<Partial<Record<DataClass, number>>>

export interface Keeping {
  /** Name of the RetentionPolicy, which records carry. */
  readonly policy: string
  /** HOST:PORT of the program records of the namespace. */
  readonly records: string
  readonly lives: Lives
  /** Classes that are delivered to the client. One without a life is delivered from memory, and never stored. Absent: none. */
  readonly deliver?: readonly DataClass[]
}

/** The classes that `of` gives a life. */
function livesBy(of: (dataClass: DataClass) => number): Lives {
  const kept = DATA_CLASSES.map((dataClass) => [dataClass, of(dataClass)] as const).filter(([, life]) => life > 0)
  return Object.fromEntries(kept)
}

export const livesOf = (policy: Rules): Lives => livesBy((dataClass) => lifeOf(policy, dataClass))

/** Whether data of any class is stored under the policy. */
export const keepsSomething = (policy: Rules): boolean => Object.keys(livesOf(policy)).length > 0

/** Undefined: nothing is kept or delivered, since no class has a life or a receiver, or the policy or the place is not known. */
export function keepingOf({ policy, records, lives = {}, deliver = [] }: Partial<Keeping>): Keeping | undefined {
  const kept = livesBy((dataClass) => lives[dataClass] ?? 0)
  if (policy === undefined || records === undefined) return undefined
  if (Object.keys(kept).length === 0 && deliver.length === 0) return undefined
  return { policy, records, lives: kept, ...(deliver.length > 0 && { deliver }) }
}

/**
 * What is kept of a call that is going on, once the policy is another: each class for the shorter life of both, and
 * delivered where both say so. The records carry the newer name: whatever shortens that policy later shortens them too.
 */
export function narrowedKeeping(before: Keeping | undefined, policy: Keeping | undefined): Keeping | undefined {
  if (before === undefined || policy === undefined) return undefined
  const deliver = (policy.deliver ?? []).filter((dataClass) => before.deliver?.includes(dataClass))
  return keepingOf({ ...policy, lives: shorterOf(before.lives, policy.lives), deliver })
}

/** Whether data of a class is gathered at all. */
export const isGathered = ({ lives, deliver }: Keeping, dataClass: DataClass): boolean =>
  lives[dataClass] !== undefined || (deliver?.includes(dataClass) ?? false)

export const shorterOf = (one: Lives, other: Lives): Lives =>
  livesBy((dataClass) => Math.min(one[dataClass] ?? 0, other[dataClass] ?? 0))
