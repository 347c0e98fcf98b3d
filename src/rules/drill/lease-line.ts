/**
 * Which drill may have its lease in the edges now. A namespace has one at a time, so that many drills of one keep no neighbour waiting, and
 * there are no more in all than a proxy can count down. Drills that wait are served by namespace in turn: first the namespace whose last turn
 * is the longest ago, and of a namespace the oldest drill.
 */

/** As many as kamailio.cfg counts down, DRILL_LEASES. */
export const MOST_LEASES = 8

export interface LeaseHolder {
  readonly namespace: string
  readonly name: string
}

export interface Waiter extends LeaseHolder {
  readonly uid: string
  /** Epoch milliseconds. */
  readonly createdAt: number
}

export interface LineFacts {
  /** Drills that have a lease. */
  readonly holders: readonly LeaseHolder[]
  /** Drills that could begin, and have none; whether the drill that asks is among them makes no difference. */
  readonly waiting: readonly Waiter[]
  /** By namespace: when it got its last lease, monotonic milliseconds. A namespace without one comes first. */
  readonly turns: ReadonlyMap<string, number>
}

/**
 * `Go`: it may have its lease now. `Behind`: an older drill of its namespace comes first. `Own`: that drill of its namespace has the lease.
 * `Turn`: all leases are in use or go to other namespaces first.
 */
export type Place = { kind: 'Go' } | { kind: 'Behind' } | { kind: 'Own'; holder: string } | { kind: 'Turn' }

/** The place of a drill that could begin. */
export function placeInLine(own: Waiter, { holders, waiting, turns }: LineFacts): Place {
  const line = [own, ...waiting.filter(({ uid }) => uid !== own.uid)]
  if (oldestOf(line, own.namespace) !== own) return { kind: 'Behind' }
  const holder = holders.find(({ namespace }) => namespace === own.namespace)
  if (holder !== undefined) return { kind: 'Own', holder: holder.name }
  const busy = new Set(holders.map(({ namespace }) => namespace))
  const first = [...new Set(line.map(({ namespace }) => namespace))]
    .filter((namespace) => !busy.has(namespace))
    .map((namespace) => oldestOf(line, namespace)!)
    .sort(byTurn(turns))
  return first.indexOf(own) < MOST_LEASES - holders.length ? { kind: 'Go' } : { kind: 'Turn' }
}

/** The drill of a namespace whose turn comes first. */
export function oldestOf<T extends Waiter>(line: readonly T[], namespace: string): T | undefined {
  return line.reduce<T | undefined>(
    (oldest, each) =>
      each.namespace === namespace && (oldest === undefined || byAge(each, oldest) < 0) ? each : oldest,
    undefined,
  )
}

/** The API server knows the second of a creation; within it names decide. */
const byAge = (one: Waiter, other: Waiter) =>
  one.createdAt - other.createdAt || compare(one.name, other.name) || compare(one.uid, other.uid)

const byTurn = (turns: ReadonlyMap<string, number>) => (one: Waiter, other: Waiter) => {
  const [first, second] = [turns.get(one.namespace) ?? -Infinity, turns.get(other.namespace) ?? -Infinity]
  if (first !== second) return first < second ? -1 : 1
  return byAge(one, other) || compare(one.namespace, other.namespace)
}

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)
