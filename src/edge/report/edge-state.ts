import type { EdgeActive, EdgeDrill, EdgeState, EdgeTrunk, MarkedCalls } from '../../rules/edge-state.ts'
import type { RealCalls } from '../../rules/drill/real-calls.ts'
import type { PartHealth } from '../../rules/part-state.ts'
import { integrationOf } from '../../rules/trunks.ts'
import { TICK_MS, type FoundLease } from '../plan/drill-lease.ts'
import { trunksIn, type TrunkRow, type TrunkTables } from '../plan/trunk-tables.ts'
import type { ProbeTimes } from '../plan/probe-shares.ts'
import { inLane, probeTimesOf } from '../render/trunk-tables.ts'

export interface ProxyObservations {
  /** By the trunk's id. None: no probe was decided yet, or the proxy is away. */
  trunks: ReadonlyMap<string, PartHealth>
  /** By the domain of an Integration, the id of the trunk that a call gets first. */
  choices: ReadonlyMap<string, string>
  /** Live calls by the trunk's id. */
  calls: ReadonlyMap<string, number>
}

/** What the proxy has of drills, and what the next order has to name. */
export interface DrillObservations {
  nonce: string
  leases: readonly FoundLease[]
  /** By the domain of the Integration. */
  marked: ReadonlyMap<string, MarkedCalls>
  /** By the UID of the drill. */
  drilled: ReadonlyMap<string, RealCalls>
}

export interface EdgeView {
  zone: string
  epoch: number
  tables: TrunkTables
  seen: ProxyObservations
  drills: DrillObservations
  /** What keeps the edge from taking calls, with the cure. */
  obstacle?: string | undefined
  /** Milliseconds. */
  now: number
}

/** What the edge reports to the operator. @param before what it told last: an active trunk keeps the time since when it is */
export function viewState(before: EdgeState | undefined, view: EdgeView): EdgeState {
  const { zone, epoch, tables, now } = view
  const known = new Map(before?.active.map((active) => [active.integration, active]))
  const active = activeTrunks(view).map(({ integration, name: trunk }): EdgeActive => {
    const last = known.get(integration)
    return last?.trunk === trunk ? last : { integration, trunk, since: instant(now) }
  })
  const unusable = tables.unusable.map(({ integration, trunk, because, since, claim }): EdgeTrunk => {
    const told = { integration, trunk, state: 'Down' as const, since: instant(since), calls: 0, because }
    return { ...told, ...(claim && { address: claim.called }) }
  })
  const times = probeTimesOf(tables.trunks)
  const trunks = tables.trunks.map((row) => viewTrunk(row, view, times.get(row.id)!))
  return {
    ...{ zone, epoch, trunks: [...trunks, ...unusable], active },
    nonce: view.drills.nonce,
    drills: view.drills.leases.map((lease) => viewDrill(lease, view)),
    marked: [...view.drills.marked].map(([domain, calls]) => ({ integration: integrationOf(domain), ...calls })),
    drilled: [...view.drills.drilled].map(([drill, calls]) => ({ drill, ...calls })),
    ...(view.obstacle !== undefined && { obstacle: view.obstacle }),
  }
}

/** The lane's own health: a key of its own for each trunk, and a choice of its own. */
function viewDrill({ domain, drill, fault, side, ticks, isOpen }: FoundLease, { tables, seen }: EdgeView): EdgeDrill {
  const rows = trunksIn(tables, domain)
  const stateOf = ({ id }: TrunkRow) => (isOpen ? seen.trunks.get(inLane(id))?.state : undefined) ?? 'Unknown'
  const choice = rows.find(({ id }) => inLane(id) === seen.choices.get(inLane(domain)))
  return {
    ...{ integration: integrationOf(domain), drill, fault, side, remainingMilliseconds: ticks * TICK_MS },
    trunks: rows.map((row) => ({ trunk: row.name, state: stateOf(row) })),
    ...(choice !== undefined && stateOf(choice) === 'Up' && { active: choice.name }),
  }
}

function viewTrunk(
  { id, integration, name, publishedAt, refused, noted, probe, claim }: TrunkRow,
  { seen }: EdgeView,
  { every }: ProbeTimes,
): EdgeTrunk {
  const observation = seen.trunks.get(id)
  return {
    integration,
    trunk: name,
    state: observation?.state ?? 'Unknown',
    since: instant(observation === undefined ? publishedAt : observation.since),
    calls: seen.calls.get(id) ?? 0,
    address: claim.called,
    ...(refused !== undefined && { because: refused }),
    ...(noted !== undefined && { noted }),
    // In whole seconds: who reads it is not to hear of each trunk that somebody else adds.
    ...(every > probe.intervalSeconds * 1_000 && { probeSeconds: Math.ceil(every / 1_000) }),
  }
}

/**
 * By which trunk each Integration is called, as the proxy chose: nobody else chooses. A trunk that it would only try, since none is
 * known to answer, is in use by nobody.
 */
function activeTrunks({ tables, seen }: EdgeView): TrunkRow[] {
  const rows = new Map(tables.trunks.map((row) => [row.id, row]))
  return tables.groups.flatMap(({ domain, ids }) => {
    const id = seen.choices.get(domain) ?? ''
    return ids.includes(id) && seen.trunks.get(id)?.state === 'Up' ? (rows.get(id) ?? []) : []
  })
}

const instant = (milliseconds: number) => new Date(milliseconds).toISOString()
