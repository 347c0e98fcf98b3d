/** How often the proxy asks each trunk, so that the trunks of one tenant starve nobody else's, and no address is flooded. Pure. */

/** A trunk that is to be asked. */
export interface Probed {
  id: string
  namespace: string
  /** As its Integration says. */
  intervalSeconds: number
}

/** Milliseconds. */
export interface ProbeTimes {
  /** From one probe to the next. */
  every: number
  /** From when the proxy first knows the trunk to the first probe. */
  first: number
}

/** Probes in a second: of one namespace, and of all. */
export const PROBES = { share: 20, total: 200 }
/** With so few trunks all may be asked at once. */
const FEW = 20
/** Else the first probes are spread over this, or over the whole interval of a namespace that has more than its part. Milliseconds. */
const SPREAD = 1_000

/**
 * A namespace whose trunks need more than its part has each of them probed less often, all of them alike. Parts are max-min fair: who needs
 * less than others gets all of it, and what is left is divided among the others.
 */
export function shareProbes(trunks: readonly Probed[], { share, total } = PROBES): Map<string, ProbeTimes> {
  const byNamespace = Map.groupBy(trunks, ({ namespace }) => namespace)
  const needs = new Map([...byNamespace].map(([namespace, own]) => [namespace, rateOf(own)]))
  const level = levelOf(
    [...needs.values()].map((need) => Math.min(need, share)),
    total,
  )
  return new Map(
    trunks.map(({ id, namespace, intervalSeconds }) => {
      const need = needs.get(namespace)!
      const slower = need / Math.min(need, share, level)
      const every = Math.ceil(intervalSeconds * 1_000 * slower)
      const first = trunks.length <= FEW ? 0 : phaseOf(id, slower > 1 ? every : SPREAD)
      return [id, { every, first }]
    }),
  )
}

const rateOf = (trunks: readonly Probed[]) => trunks.reduce((sum, { intervalSeconds }) => sum + 1 / intervalSeconds, 0)

/** The most that each may have so that all together have no more than the total: Infinity where that is enough. */
function levelOf(needs: readonly number[], total: number): number {
  let left = total
  const ascending = needs.toSorted((one, other) => one - other)
  for (const [index, need] of ascending.entries()) {
    const fair = left / (ascending.length - index)
    if (need > fair) return fair
    left -= need
  }
  return Infinity
}

/** By the id, which is hexadecimal and random to everybody: the same for all proxies. */
const phaseOf = (id: string, spread: number) => Number.parseInt(id.slice(0, 8), 16) % spread
