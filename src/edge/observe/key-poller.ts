import type { Clock } from '../../runtime/clock.ts'

/** What is looked up by key and may change without telling. */
export interface Followed<Value> {
  /** The keys that are of interest from now on; those that are new are looked at once. Resolves when they have been. Never rejects. */
  follow(keys: Iterable<string>): Promise<void>
  /** As found last. A key that was never found is not there. */
  values(): ReadonlyMap<string, Value>
}

/** Looks at each key of interest again and again until the signal aborts. */
export function followKeys<Value>(o: {
  /** Undefined: it can't be told now, and what was found before stays. Never rejects. */
  look: (key: string) => Promise<Value | undefined>
  isSame: (one: Value, other: Value) => boolean
  /** Milliseconds from one look at all to the next, by how many there are. */
  everyMs: (keys: number) => number
  clock: Clock
  signal: AbortSignal
  onChange: () => void
}): Followed<Value> {
  const known = new Map<string, Value | undefined>()

  async function look(key: string): Promise<void> {
    const found = await o.look(key)
    if (found === undefined || !known.has(key)) return
    const before = known.get(key)
    if (before !== undefined && o.isSame(before, found)) return
    known.set(key, found)
    o.onChange()
  }

  const plan = () => void o.clock.after(o.everyMs(known.size), lookAgain)
  const lookAgain = () => {
    if (o.signal.aborted) return
    void Promise.all([...known.keys()].map(look)).then(() => plan())
  }
  plan()

  return {
    async follow(keys) {
      const wanted = new Set(keys)
      for (const key of known.keys()) if (!wanted.has(key)) known.delete(key)
      const added = [...wanted].filter((key) => !known.has(key))
      for (const key of added) known.set(key, undefined)
      await Promise.all(added.map(look))
    },
    values: () => new Map([...known].flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
  }
}
