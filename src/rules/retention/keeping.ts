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
}

/** The classes that `of` gives a life. */
function livesBy(of: (dataClass: DataClass) => number): Lives {
  const kept = DATA_CLASSES.map((dataClass) => [dataClass, of(dataClass)] as const).filter(([, life]) => life > 0)
  return Object.fromEntries(kept)
}

export const livesOf = (policy: Rules): Lives => livesBy((dataClass) => lifeOf(policy, dataClass))

/** Whether data of any class is stored under the policy. */
export const keepsSomething = (policy: Rules): boolean => Object.keys(livesOf(policy)).length > 0

/** Undefined: nothing is kept, since no class has a life, or the policy or the place is not known. */
export function keepingOf({ policy, records, lives = {} }: Partial<Keeping>): Keeping | undefined {
  const kept = livesBy((dataClass) => lives[dataClass] ?? 0)
  if (policy === undefined || records === undefined || Object.keys(kept).length === 0) return undefined
  return { policy, records, lives: kept }
}

/**
 * What is kept of a call that is going on, once the policy is another: each class for the shorter life of both. The records carry the newer
 * name: whatever shortens that policy later shortens them too.
 */
export function narrowedKeeping(before: Keeping | undefined, policy: Keeping | undefined): Keeping | undefined {
  if (before === undefined || policy === undefined) return undefined
  return keepingOf({ ...policy, lives: shorterOf(before.lives, policy.lives) })
}

export const shorterOf = (one: Lives, other: Lives): Lives =>
  livesBy((dataClass) => Math.min(one[dataClass] ?? 0, other[dataClass] ?? 0))
