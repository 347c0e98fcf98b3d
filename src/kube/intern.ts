/** Keeps one copy of each text that comes again and again (namespaces, zones, images), instead of one for each object. */
const LIMIT = 20_000
const known = new Map<string, string>()

export function intern<T extends string | undefined>(text: T): T {
  if (text === undefined) return text
  const same = known.get(text)
  if (same !== undefined) return same as T
  // Forgetting all costs only some doubles later; growing for ever would be a leak where namespaces come and go.
  if (known.size >= LIMIT) known.clear()
  known.set(text, text)
  return text
}

const parts = new Map<string, unknown>()

/**
 * The same for a part of an object that many objects have alike (a default, a condition that is well): one copy for all.
 * Nobody may change what comes out of here.
 */
export function share<T>(part: T): T {
  if (part === undefined) return part
  const text = JSON.stringify(part)
  const same = parts.get(text)
  if (same !== undefined) return same as T
  if (parts.size >= LIMIT) parts.clear()
  parts.set(text, part)
  return part
}
