/** What an edge believes of what is published: routes, or groups of trunks. */
export interface AcceptedItems<T> {
  /** By `namespace/name`. */
  items: Map<string, T>
  /** The highest epoch seen of each key, also of those that are gone: an older word about them is not believed. */
  epochs: Map<string, number>
}

export interface AcceptResult<T> {
  accepted: AcceptedItems<T>
  /** Keys of which an older item was offered than the one that is known. */
  refused: string[]
}

export const nothingAccepted = <T>(): AcceptedItems<T> => ({ items: new Map(), epochs: new Map() })

/** Keys that are gone and still remembered by their epoch. Beyond it the oldest are forgotten. */
const MOST_REMEMBERED = 20_000

/**
 * Takes what is published now. An item that is older than the one held is refused and the one held stays: a leader that was
 * frozen may still have written it. What is no longer published is gone.
 */
export function accept<T extends { epoch: number }>(
  before: AcceptedItems<T>,
  published: readonly T[],
  keyOf: (item: T) => string,
): AcceptResult<T> {
  const items = new Map<string, T>()
  const epochs = new Map(before.epochs)
  const refused: string[] = []
  for (const item of published) {
    const key = keyOf(item)
    const known = epochs.get(key)
    if (known !== undefined && item.epoch < known) {
      refused.push(key)
      const acceptedItem = before.items.get(key)
      if (acceptedItem !== undefined) items.set(key, acceptedItem)
      continue
    }
    items.set(key, item)
    epochs.delete(key) // to the end of the Map's order: the oldest are forgotten first
    epochs.set(key, item.epoch)
  }
  dropOldest(epochs, items)
  return { accepted: { items, epochs }, refused }
}

function dropOldest(epochs: Map<string, number>, items: ReadonlyMap<string, unknown>): void {
  let surplus = epochs.size - items.size - MOST_REMEMBERED
  for (const key of epochs.keys()) {
    if (surplus <= 0) return
    if (items.has(key)) continue
    epochs.delete(key)
    surplus--
  }
}

/** The newest epoch among what is held, 0 without anything: what an edge says it runs. */
export const newestEpoch = ({ items }: AcceptedItems<{ epoch: number }>) =>
  Math.max(0, ...[...items.values()].map(({ epoch }) => epoch))
