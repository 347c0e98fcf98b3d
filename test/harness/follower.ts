import {
  createInformer,
  type Cached,
  type Informer,
  type InformerOptions,
  type Restart,
} from '../../src/kube/informer.ts'
import type { Raw } from '../../src/kube/raw-object.ts'
import { compareVersions } from '../../src/kube/resource-version.ts'
import { silent } from '../../src/runtime/log.ts'

export interface Seen extends Cached {
  label: string
}

/** An informer with a witness: keeps what its handler received, and reports anything lost, doubled or out of order. */
export interface Follower {
  informer: Informer<Seen>
  lists: Restart[]
  watches: Restart[]
  mishaps: number
  /** Broken promises, as sentences. */
  problems: string[]
  /** The state as a handler that keeps its own books has it. */
  books: Map<string, Seen>
  changes: number
  stop(): void
}

type Options = Pick<InformerOptions<Seen>, 'transport' | 'resource'> & Partial<InformerOptions<Seen>>

export const seen = (raw: Raw): Seen => ({
  namespace: raw.metadata.namespace ?? '',
  name: raw.metadata.name,
  uid: raw.metadata.uid ?? '',
  resourceVersion: raw.metadata.resourceVersion ?? '',
  label: raw.metadata.labels?.label ?? '',
})

export function followKind(o: Options): Follower {
  const books = new Map<string, Seen>()
  const controller = new AbortController()
  const follower: Omit<Follower, 'informer'> = {
    lists: [],
    watches: [],
    mishaps: 0,
    problems: [],
    books,
    changes: 0,
    stop: () => controller.abort(),
  }
  const check = (before: Seen | undefined, after: Seen | undefined) => {
    const key = `${(before ?? after)!.namespace}/${(before ?? after)!.name}`
    if (books.get(key) !== before) follower.problems.push(`${key}: "before" is not what was received last`)
    if (before && after && compareVersions(before.resourceVersion, after.resourceVersion) >= 0)
      follower.problems.push(`${key}: ${after.resourceVersion} came after ${before.resourceVersion}`)
    if (after) books.set(key, after)
    else books.delete(key)
    follower.changes++
  }
  const informer = createInformer<Seen>({
    project: seen,
    log: silent,
    observe: {
      listed: (why) => follower.lists.push(why),
      watched: (why) => follower.watches.push(why),
      mishap: () => void follower.mishaps++,
    },
    ...o,
    onChange(before, after) {
      check(before, after)
      o.onChange?.(before, after)
    },
  })
  informer.start(controller.signal)
  return Object.assign(follower, { informer })
}
