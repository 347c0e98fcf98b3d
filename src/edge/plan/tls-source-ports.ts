/**
 * Lines: several TLS connections to one address, each of a profile of its own. The proxy tells connections to an address apart
 * by the socket that they are sent from (docs/adr/NNNN), so each profile has one of those sockets, and no other gets it while a
 * connection may still be open there.
 */
export interface Line {
  /** ADDRESS:PORT of the trunk. */
  hop: string
  /** Of a TLS profile. */
  profile: string
  /** Of ours, from `FIRST_LINE` up. */
  port: number
  /** Since when no trunk needs it any more, in epoch milliseconds. */
  idleSince?: number
}

export const FIRST_LINE = 5101
/** Calls may still go by the old connection of a profile that was renewed until the new one answers. */
const STAYS_MS = 30_000

type Wanted = Pick<Line, 'hop' | 'profile'>

/** Gives a line to each that is wanted, as far as there are any, and keeps those that are not wanted any more. */
export function allocateLines(
  before: readonly Line[],
  wanted: readonly Wanted[],
  o: { most: number; now: number },
): Line[] {
  const isSame = (a: Wanted, b: Wanted) => a.hop === b.hop && a.profile === b.profile
  const byHop = Map.groupBy(wanted, ({ hop }) => hop)
  const lines = before.map(({ hop, profile, port, idleSince = o.now }): Line => {
    const isWanted = byHop.get(hop)?.some((each) => each.profile === profile)
    return { hop, profile, port, ...(!isWanted && { idleSince }) }
  })
  const ports = new Map(
    [...Map.groupBy(lines, ({ hop }) => hop)].map(([hop, own]) => [hop, new Set(own.map(({ port }) => port))]),
  )
  for (const each of wanted) {
    if (lines.some((line) => isSame(line, each))) continue
    const taken = ports.get(each.hop) ?? new Set<number>()
    const port = Array.from({ length: o.most }, (_, index) => FIRST_LINE + index).find((one) => !taken.has(one))
    if (port === undefined) continue
    ports.set(each.hop, taken.add(port))
    lines.push({ ...each, port })
  }
  return lines
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
