import { groupOf } from './rotation.ts'

/** So many keys of a namespace are urgent within the window: enough for what a person applies. */
export const URGENT_KEYS = 20
const WINDOW_MS = 5_000

/**
 * Urgent keys go before others, and anybody makes them by applying objects. So a namespace has a few of them in a window of time, and what is more
 * waits with all others.
 * @returns whether a key is urgent now, which is counted. `now` in monotonic milliseconds
 */
export function createAllowance(): (key: string, now: number) => boolean {
  let since = -Infinity
  let counts = new Map<string, number>()
  return (key, now) => {
    if (now - since >= WINDOW_MS) [since, counts] = [now, new Map()]
    const group = groupOf(key)
    const count = (counts.get(group) ?? 0) + 1
    counts.set(group, count)
    return count <= URGENT_KEYS
  }
}
