import type { DrillState } from '../../api/failover-drill-status.ts'
import { hasFault, type TestCall, type WantedCalls } from '../../rules/drill/run.ts'
import { hasEnded } from '../../rules/drill/stage.ts'
import { named } from '../../runtime/log-fields.ts'
import type { Log } from '../../runtime/log.ts'
import { drilledParts, hasTest } from '../judge/drilled-parts.ts'
import { wantedBy } from '../judge/drill-run.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import type { LaneHolder, LaneKind, LaneOwner } from './lane-kind.ts'
import { createLanes, type Lane } from './lanes.ts'
import { createPlacedCalls } from './placed-calls.ts'
import type { RunMemory } from './run-memory.ts'

export interface ErrandOptions {
  /** For how much longer we lead for sure, in milliseconds. */
  leadsFor: () => number
  memory: RunMemory
  log: Log
  monotonic: () => number
}

/** What one drill has out there: a lane of each edge or pod that takes part, and test calls or requests. */
export function createErrand<H extends LaneHolder>(o: ErrandOptions, kind: LaneKind<H>, uid: string) {
  const { memory, monotonic } = o
  const lanes = createLanes({ ...o, kind })
  const calls = createPlacedCalls({ ask: kind.askTest, monotonic })
  /** As it was when there still was an Integration. */
  let owner: LaneOwner | undefined

  /** Whether nothing is left to be taken back. */
  async function round(world: FailoverDrillWorld): Promise<boolean> {
    const { drill, integration } = world
    const isOpen = drill?.uid === uid && !hasEnded(drill)
    const wanted = isOpen ? wantedBy(world, drill) : undefined
    // Whoever leads again later, and be it this process, does not go on with it.
    if (isOpen && world.term === undefined) memory.forget(uid)
    if (isOpen) owner = ownerOf(world, drill, integration) ?? owner
    if (owner === undefined) return !isOpen
    for (const problem of await lanes.round(owner, wanted?.lane)) memory.problem(uid, problem)
    if (wanted?.lane !== undefined) memory.lanesAre(uid, lanes.seen(), lanes.real())
    await collect(owner)
    // What has just ended counts: one call more would be in the way of the next state.
    const collected = { ...world, remembered: memory.recall(uid) }
    if (isOpen && wanted?.calls !== undefined && integration !== undefined)
      await place(collected, drill.status!.state!, owner, wanted.calls)
    return !isOpen && lanes.areEmpty
  }

  async function collect(whose: LaneOwner): Promise<void> {
    for (const { holder, part, finding, ...call } of await calls.collect(whose)) {
      const { heldSince = Infinity } = lanes.of(holder.uid) ?? {}
      // It may have met the end of the lease: that says nothing of a trunk or endpoint.
      if (!call.good && call.begun < heldSince) continue
      const by = `${call.zone} by the ${kind.holder} ${holder.name} and ${part ?? `no ${kind.part}`}`
      if (!call.good) memory.problem(uid, `a test ${kind.test} of ${by} in state ${call.during}: ${finding}`)
      logEnded(o.log, uid, call, finding)
      memory.callEnded(uid, call)
    }
  }

  async function place(
    world: FailoverDrillWorld,
    during: DrillState,
    whose: LaneOwner,
    wanted: WantedCalls,
  ): Promise<void> {
    for (const zone of world.remembered?.zones ?? []) {
      if (!calls.isFree(zone) || !isMissing(world, zone, wanted, during)) continue
      const able = lanes.holders(whose).filter(({ uid: of }) => mayCallBy(lanes.of(of), zone, wanted, during))
      // In turn: each shows what it can reach.
      const before = (world.remembered?.calls ?? []).filter((call) => call.zone === zone).length
      const holder = able[before % able.length]
      if (holder !== undefined)
        await calls.place({ zone, holder, route: wanted.route, during }, kind.testBy(holder, whose))
    }
  }

  return { round }
}

function logEnded(log: Log, uid: string, call: TestCall, finding: string): void {
  const { zone, during, route, good, begun, answered } = call
  const [begunAt, answeredAt] = [Math.round(begun), answered === undefined ? null : Math.round(answered)]
  log.info(
    { drill: named(uid), zone: named(zone), during, route, good, finding: named(finding), begunAt, answeredAt },
    'a test of a drill has ended',
  )
}

function ownerOf(
  { term }: FailoverDrillWorld,
  { uid: drill, side }: FailoverDrillFacts,
  integration: IntegrationFacts | undefined,
): LaneOwner | undefined {
  const { primary, backup } = drilledParts(integration, side)
  if (integration === undefined || primary === undefined || backup === undefined || term === undefined) return undefined
  return hasTest(integration, side)
    ? { drill, term, integration, primary: primary.name, backup: backup.name }
    : undefined
}

/** Whether the zone has too few good calls of this state. */
function isMissing({ remembered }: FailoverDrillWorld, zone: string, wanted: WantedCalls, during: DrillState): boolean {
  const own = (remembered?.calls ?? []).filter((call) => call.zone === zone && call.during === during)
  return own.filter(({ route, good }) => route === wanted.route && good).length < wanted.inEachZone
}

function mayCallBy(lane: Lane | undefined, zone: string, wanted: WantedCalls, during: DrillState): boolean {
  if (lane?.has === undefined || lane.seen.zone !== zone) return false
  if (hasFault(during) && lane.faultAt === undefined) return false
  return !wanted.waitForRoute || lane.route === wanted.route
}
