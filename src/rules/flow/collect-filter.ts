/**
 * Of the collected values those that may leave the bot, whatever way they take: with a retention policy what it lists, without one
 * all. `collect` has the names that the policy lists.
 */
export function mayLeave(
  collected: Readonly<Record<string, string>>,
  collect: readonly string[] | undefined,
): Readonly<Record<string, string>> {
  if (collect === undefined) return collected
  return Object.fromEntries(Object.entries(collected).filter(([name]) => collect.includes(name)))
}
