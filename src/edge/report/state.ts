import type { EdgeActive, EdgeState, EdgeTrunk } from '../../rules/edge-state.ts'
import type { TrunkRow, TrunkTables } from '../plan/trunks.ts'

/** What the proxy found of a trunk. Times in seconds of the wall clock. */
export interface TrunkSighting {
  state: 'Up' | 'Down'
  since: number
  /** When it came back, if it ever was down. */
  back?: number
}

export interface ProxySightings {
  /** By the trunk's id. None: no probe was decided yet, or the proxy is away. */
  trunks: ReadonlyMap<string, TrunkSighting>
  /** Live calls by the trunk's id. */
  calls: ReadonlyMap<string, number>
}

export interface EdgeView {
  zone: string
  epoch: number
  tables: TrunkTables
  seen: ProxySightings
  /** Milliseconds. */
  now: number
}

/** What the edge tells the operator. @param before what it told last: an active trunk keeps the time since when it is */
export function viewState(before: EdgeState | undefined, view: EdgeView): EdgeState {
  const { zone, epoch, tables, now } = view
  const known = new Map(before?.active.map((active) => [active.integration, active]))
  const active = [...byIntegration(tables.trunks)].flatMap(([integration, trunks]): EdgeActive[] => {
    const trunk = activeTrunk(trunks, view)?.name
    const last = known.get(integration)
    if (trunk === undefined) return []
    return [last?.trunk === trunk ? last : { integration, trunk, since: instant(now) }]
  })
  const unusable = tables.unusable.map(({ integration, trunk, because, since }): EdgeTrunk => {
    return { integration, trunk, state: 'Down', since: instant(since), calls: 0, because }
  })
  return { zone, epoch, trunks: [...tables.trunks.map((row) => viewTrunk(row, view)), ...unusable], active }
}

function viewTrunk({ id, integration, name, publishedAt, refused }: TrunkRow, { seen }: EdgeView): EdgeTrunk {
  const sighting = seen.trunks.get(id)
  return {
    integration,
    trunk: name,
    state: sighting?.state ?? 'Unknown',
    since: instant(sighting === undefined ? publishedAt : sighting.since * 1000),
    calls: seen.calls.get(id) ?? 0,
    ...(refused !== undefined && { because: refused }),
  }
}

/**
 * The trunk that a call gets first, by the rule of the proxy's own route[RANK_TRUNK]: those that answer in their order, and
 * those that came back and are still held only where there is no other.
 */
export function activeTrunk(trunks: readonly TrunkRow[], { seen, now }: Pick<EdgeView, 'seen' | 'now'>) {
  const up = trunks.filter(({ id }) => seen.trunks.get(id)?.state === 'Up')
  const isHeld = ({ id, holdSeconds }: TrunkRow) => now / 1000 < (seen.trunks.get(id)?.back ?? -Infinity) + holdSeconds
  return up.find((trunk) => !isHeld(trunk)) ?? up[0]
}

function byIntegration(trunks: readonly TrunkRow[]): Map<string, TrunkRow[]> {
  const groups = new Map<string, TrunkRow[]>()
  for (const trunk of trunks) groups.set(trunk.integration, [...(groups.get(trunk.integration) ?? []), trunk])
  return groups
}

const instant = (milliseconds: number) => new Date(milliseconds).toISOString()
