/** The pair of dispatcher sets of a bot: an even id for the pods of this zone, the next one for all others. */
export interface SetPair {
  /** `namespace/name` */
  bot: string
  /** The even one: from 2 up. */
  id: number
  /** Epoch milliseconds. Absent: the bot has a route. */
  goneAt?: number
}

/** So long after its bot the pair is nobody's: no table that is still in use names it by then. Milliseconds. */
const FREE_AFTER = 60_000

/**
 * A bot keeps its pair as long as it has a route, whatever other bots come, go or are called; a new one gets the lowest that is free.
 * So no name that a tenant chooses reaches a pair of another. Pure.
 * @param before as given last. @param now epoch milliseconds
 * @returns those of the bots, and those that are not free yet, by id
 */
export function giveSets(before: readonly SetPair[], bots: Iterable<string>, now: number): SetPair[] {
  const wanted = new Set(bots)
  const kept = before.flatMap(({ bot, id, goneAt }): SetPair[] => {
    if (wanted.delete(bot)) return [{ bot, id }]
    // A clock that was set back makes no pair free early.
    const since = goneAt === undefined || goneAt > now ? now : goneAt
    return now - since < FREE_AFTER ? [{ bot, id, goneAt: since }] : []
  })
  const taken = new Set(kept.map(({ id }) => id))
  let next = 2
  const given = [...wanted].sort().map((bot): SetPair => {
    while (taken.has(next)) next += 2
    taken.add(next)
    return { bot, id: next }
  })
  return [...kept, ...given].sort((one, other) => one.id - other.id)
}
