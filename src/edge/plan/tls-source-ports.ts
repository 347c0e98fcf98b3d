/**
 * Lines: several TLS connections to one address, each of a profile of its own. The proxy tells connections to an address apart
 * by the socket that they are sent from (docs/adr/0021), so each profile has one of those sockets, and no other gets it while a
 * connection may still be open there.
 */
export interface Line {
  /** ADDRESS:PORT of the trunk. */
  hop: string
  /** Of a TLS profile. */
  profile: string
  /** Whose trunks need it, or needed it last. Absent: an agent of before did not say. */
  namespace?: string
  /** Of ours, from `FIRST_LINE` up. */
  port: number
  /** Since when no trunk needs it any more, in epoch milliseconds. */
  idleSince?: number
}

export const FIRST_LINE = 5101
/** Calls may still go by the old connection of a profile that was renewed until the new one answers. */
const STAYS_MS = 30_000

/**
 * So many lines to one address are a namespace's, so that a neighbour who names one after the other leaves room for those that are renewed.
 * One more is its own while one that it needs no more is still open.
 */
const SHARE = 3

export interface WantedLine {
  hop: string
  profile: string
  namespace: string
}

/** Gives a line to each that is wanted, as far as there are any, and keeps those that are not wanted any more. */
export function allocateLines(
  before: readonly Line[],
  wanted: readonly WantedLine[],
  o: { most: number; now: number },
): Line[] {
  const wanters = Map.groupBy(wanted, keyOf)
  const lines = before.map(({ hop, profile, namespace, port, idleSince = o.now }): Line => {
    const by = wanters.get(keyOf({ hop, profile }))
    const isTheirs = by === undefined || by.some((each) => each.namespace === namespace)
    const owner = isTheirs ? namespace : by[0]!.namespace
    return { hop, profile, ...(owner !== undefined && { namespace: owner }), port, ...(!by && { idleSince }) }
  })
  const known = new Set(lines.map(keyOf))
  const byHop = Map.groupBy(lines, ({ hop }) => hop)
  // Two namespaces may want the same: whoever of them has room gets it for both.
  for (const each of wanted) {
    if (known.has(keyOf(each))) continue
    const there = byHop.get(each.hop) ?? []
    byHop.set(each.hop, there)
    const port = hasRoom(there, each.namespace) ? freePort(there, o.most) : undefined
    if (port === undefined) continue
    known.add(keyOf(each))
    there.push({ ...each, port })
    lines.push({ ...each, port })
  }
  return lines
}

const keyOf = ({ hop, profile }: Pick<Line, 'hop' | 'profile'>) => `${hop} ${profile}`

function hasRoom(there: readonly Line[], namespace: string): boolean {
  const own = there.filter((line) => line.namespace === namespace)
  return own.length < SHARE + (own.some(({ idleSince }) => idleSince !== undefined) ? 1 : 0)
}

function freePort(there: readonly Line[], most: number): number | undefined {
  const taken = new Set(there.map(({ port }) => port))
  return Array.from({ length: most }, (_, index) => FIRST_LINE + index).find((port) => !taken.has(port))
}

/** A connection of the proxy's that it opened itself, or that was opened to it. */
export interface Connection {
  id: number
  /** ADDRESS:PORT. */
  hop: string
  localPort: number
}

/**
 * What becomes of idle lines, when the proxy runs tables without them and has these connections: those with a connection are to
 * be closed, the others are free.
 */
export function releaseIdleLines(lines: readonly Line[], open: readonly Connection[], now: number) {
  const isOver = ({ idleSince }: Line) => idleSince !== undefined && now - idleSince >= STAYS_MS
  const connectionsOf = (line: Line) => open.filter(({ hop, localPort }) => hop === line.hop && localPort === line.port)
  const over = lines.filter(isOver)
  return {
    close: over.flatMap((line) => connectionsOf(line).map(({ id }) => id)),
    left: lines.filter((line) => !over.includes(line) || connectionsOf(line).length > 0),
  }
}
