import type { Clock } from '../../runtime/clock.ts'

/** What is looked up by key and may change without telling. */
export interface Followed<Value> {
  /** The keys that are of interest from now on; those that are new are looked at once. Resolves when they have been. Never rejects. */
  follow(keys: Iterable<string>): Promise<void>
  /** As found last. A key that was never found is not there. */
  values(): ReadonlyMap<string, Value>
}

/** Looks at each key of interest again and again until the signal aborts. Each has a clock of its own: one that takes long holds up no other. */
export function followKeys<Value>(o: {
  /** Undefined: it can't be told now, and what was found before stays. Never rejects. */
  look: (key: string) => Promise<Value | undefined>
  isSame: (one: Value, other: Value) => boolean
  /** Milliseconds from the end of one look at a key to the next, by how many keys there are. */
  everyMs: (keys: number) => number
  clock: Clock
  signal: AbortSignal
  onChange: () => void
}): Followed<Value> {
  /** Each key is another object each time that it becomes of interest: looks of before end by that. */
  const known = new Map<string, { found: Value | undefined }>()

  async function look(key: string, entry: { found: Value | undefined }): Promise<void> {
    const found = await o.look(key)
    if (o.signal.aborted || known.get(key) !== entry) return
    o.clock.after(o.everyMs(known.size), () => void lookAgain(key, entry))
    if (found === undefined || (entry.found !== undefined && o.isSame(entry.found, found))) return
    entry.found = found
    o.onChange()
  }

  async function lookAgain(key: string, entry: { found: Value | undefined }): Promise<void> {
    if (!o.signal.aborted && known.get(key) === entry) await look(key, entry)
  }

  return {
    async follow(keys) {
      const wanted = new Set(keys)
      for (const key of known.keys()) if (!wanted.has(key)) known.delete(key)
      const added = [...wanted].filter((key) => !known.has(key))
      await Promise.all(
        added.map((key) => {
          const entry = { found: undefined }
          known.set(key, entry)
          return look(key, entry)
        }),
      )
    },
    values: () => new Map([...known].flatMap(([key, { found }]) => (found === undefined ? [] : [[key, found]]))),
  }
}
