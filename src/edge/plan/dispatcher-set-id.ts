/** Ids of dispatcher sets are positive 32-bit integers; each bot has two, an even one and the next. */
const SLOTS = 2 ** 29

/**
 * The even id of each bot's pair of sets. It comes from the bot's name alone, so that it is the same after every change and
 * restart; of two names that fall on the same id the later one by alphabet moves on.
 */
export function setIds(keys: readonly string[]): Map<string, number> {
  const taken = new Set<number>()
  const ids = new Map<string, number>()
  for (const key of [...keys].sort()) {
    let slot = hash(key) % SLOTS
    while (taken.has(slot)) slot = (slot + 1) % SLOTS
    taken.add(slot)
    ids.set(key, 2 * slot + 2)
  }
  return ids
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (const octet of Buffer.from(text)) sum = Math.imul(sum ^ octet, 0x01000193) >>> 0
  return sum
}
