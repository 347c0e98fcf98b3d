/**
 * Shares `replicas` out over `zones` as the scheduler does with maxSkew 1: no zone has two more than another. Which zones
 * get the remainder is the scheduler's choice, so it goes to those where most pods run already; else by the alphabet.
 */
export function spreadOverZones(
  replicas: number,
  zones: readonly string[],
  running: ReadonlyMap<string, number> = new Map(),
): Map<string, number> {
  const share = zones.length === 0 ? 0 : Math.floor(replicas / zones.length)
  const remainder = zones.length === 0 ? 0 : replicas % zones.length
  const ordered = [...zones].sort()
  const fullest = [...ordered].sort((a, b) => (running.get(b) ?? 0) - (running.get(a) ?? 0)).slice(0, remainder)
  return new Map(ordered.map((zone) => [zone, share + (fullest.includes(zone) ? 1 : 0)]))
}
