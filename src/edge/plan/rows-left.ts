/**
 * What the proxy still has of trunks and Integrations that are gone. Its tables `health` and `busy` outlive each change of the table of trunks,
 * so that a change of one trunk loses nothing of another; without this, a tenant who renames trunks all the time fills the memory of all. Pure.
 */

/** So many rows are removed at a time: each is a question to the one process of the proxy that answers. */
const MOST = 500

export interface SeenRows {
  /** Keys, as `ID::state` and `DOMAIN::choice`. */
  health: Iterable<string>
  /** Calls by the id of their trunk. */
  busy: ReadonlyMap<string, number>
}

export interface RowsLeft {
  health: readonly string[]
  busy: readonly string[]
  /** More are left than are removed now. */
  isMore: boolean
}

/**
 * @param known ids of trunks and domains of Integrations that the proxy has by now; the lanes of drills (`~d`) are theirs
 * @returns rows to remove. A trunk that is gone keeps its count while it has calls: they are counted down when they end
 */
export function rowsLeft({ health, busy }: SeenRows, known: ReadonlySet<string>): RowsLeft {
  const isGone = (key: string) => !known.has(key.replace(/(?:~d)?(?:::.*)?$/s, ''))
  const observations = [...health].filter(isGone)
  const counts = [...busy].flatMap(([id, calls]) => (calls <= 0 && isGone(id) ? [id] : []))
  return {
    health: observations.slice(0, MOST),
    busy: counts.slice(0, Math.max(0, MOST - observations.length)),
    isMore: observations.length + counts.length > MOST,
  }
}
