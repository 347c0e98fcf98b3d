/**
 * What the proxy still has of trunks, Integrations and bots that are gone. Its tables `health`, `busy` and `ended` outlive each change of the
 * tables of trunks and routes, so that a change of one loses nothing of another; without this, a tenant who renames trunks or bots all the
 * time fills the memory of all. Pure.
 */

/** So many rows are removed at a time: each is a question to the one process of the proxy that answers. */
const MOST = 500

export interface SeenRows {
  /** Keys, as `ID::state` and `DOMAIN::choice`. */
  health: Iterable<string>
  /** Keys, as `BOT.NAMESPACE.svc::bot`. */
  ended: Iterable<string>
  /** Calls by the id of their trunk. */
  busy: ReadonlyMap<string, number>
}

export interface RowsLeft {
  health: readonly string[]
  ended: readonly string[]
  busy: readonly string[]
  /** More are left than are removed now. */
  isMore: boolean
}

/**
 * @param known ids of trunks, domains of Integrations and names of bots that the proxy has by now; the lanes of drills (`~d`) are theirs
 * @returns rows to remove. A trunk that is gone keeps its count while it has calls: they are counted down when they end
 */
export function rowsLeft({ health, ended, busy }: SeenRows, known: ReadonlySet<string>): RowsLeft {
  const isGone = (key: string) => !known.has(ownerOf(key))
  const gone = {
    health: [...health].filter(isGone),
    ended: [...ended].filter(isGone),
    busy: [...busy].flatMap(([id, calls]) => (calls <= 0 && isGone(id) ? [id] : [])),
  }
  let room = MOST
  const some = (keys: readonly string[]) => {
    const taken = keys.slice(0, room)
    room -= taken.length
    return taken
  }
  const isMore = Object.values(gone).flat().length > MOST
  return { health: some(gone.health), ended: some(gone.ended), busy: some(gone.busy), isMore }
}

/** Whose row it is: the key without what stands after `::`, and without the mark of a drill's lane. */
function ownerOf(key: string): string {
  const owner = key.split('::', 1)[0]!
  return owner.endsWith('~d') ? owner.slice(0, -2) : owner
}
