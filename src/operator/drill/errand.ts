import type { DrillState } from '../../api/failover-drill-status.ts'
import { hasFault, type TestCall, type WantedCalls } from '../../rules/drill/run.ts'
import { named } from '../../runtime/log-fields.ts'
import type { Log } from '../../runtime/log.ts'
import { drilledTrunks } from '../judge/drilled-trunks.ts'
import { wantedBy } from '../judge/drill-run.ts'
import type { EdgePod } from '../observe/edge-poller.ts'
import type { Addressed } from '../observe/pod-poller.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import { createLanes, type Lane, type LaneOwner, type LanesOptions } from './lanes.ts'
import { createPlacedCalls, type CallsOptions } from './placed-calls.ts'
import type { RunMemory } from './run-memory.ts'

export interface ErrandOptions {
  edges: () => Iterable<EdgePod>
  /** Pods of bots of that Integration that could place a call, and the number of the first bot. */
  callers: (namespace: string, integration: string) => { pods: Addressed[]; number: string | undefined }
  lanes: Omit<LanesOptions, 'monotonic'>
  calls: Omit<CallsOptions, 'monotonic'>
  memory: RunMemory
  log: Log
  monotonic: () => number
}

/** What one drill has out there: a lane on each edge, and calls. */
export function createErrand(o: ErrandOptions, uid: string) {
  const { memory, monotonic } = o
  const lanes = createLanes({ ...o.lanes, monotonic })
  const calls = createPlacedCalls({ ...o.calls, monotonic })
  /** As it was when there still was an Integration. */
  let owner: LaneOwner | undefined

  /** Whether nothing is left to be taken back. */
  async function round(world: FailoverDrillWorld): Promise<boolean> {
    const { drill, integration } = world
    const isRunning = drill?.uid === uid && drill.status?.verdict === undefined
    const wanted = isRunning ? wantedBy(world, drill) : undefined
    // Whoever leads again later, and be it this process, does not go on with it.
    if (isRunning && world.term === undefined) memory.forget(uid)
    if (isRunning) owner = ownerOf(world, drill, integration) ?? owner
    if (owner === undefined) return !isRunning
    const edges = [...o.edges()]
    lanes.retain(new Set(edges.map((edge) => edge.uid)))
    for (const problem of await Promise.all(edges.map((edge) => lanes.visit(edge, owner!, wanted?.lane))))
      if (problem !== undefined) memory.problem(uid, problem)
    if (wanted?.lane !== undefined) memory.lanesAre(uid, lanes.seen())
    await collect(owner)
    // What has just ended counts: one call more would be in the way of the next state.
    const collected = { ...world, remembered: memory.recall(uid) }
    if (isRunning && wanted?.calls !== undefined && integration !== undefined)
      await place(collected, drill, integration, wanted.calls, edges)
    return !isRunning && lanes.areEmpty
  }

  async function collect({ primary }: LaneOwner): Promise<void> {
    for (const { edge, finding, ...call } of await calls.collect(primary)) {
      const { heldSince = Infinity } = lanes.of(edge.uid) ?? {}
      // It may have met the end of the lease: that says nothing of a trunk.
      if (!call.good && call.begun < heldSince) continue
      if (!call.good) memory.problem(uid, `a test call by the edge ${edge.name} in state ${call.during}: ${finding}`)
      logEnded(o.log, uid, call, finding)
      memory.callEnded(uid, call)
    }
  }

  async function place(
    world: FailoverDrillWorld,
    drill: FailoverDrillFacts,
    integration: IntegrationFacts,
    wanted: WantedCalls,
    edges: readonly EdgePod[],
  ): Promise<void> {
    const { testCall } = integration
    const during = drill.status!.state!
    if (testCall === undefined) return
    const { pods, number } = o.callers(drill.namespace, integration.name)
    const { to, expect, maxSeconds, from = number } = testCall
    const order = {
      ...{ integration: integration.name, to, expect, maxSeconds, seed: '' },
      ...(from !== undefined && { from }),
      headers: { 'X-Callbot-Drill': uid },
    }
    for (const zone of world.remembered?.zones ?? []) {
      if (!calls.isFree(zone) || !isMissing(world, zone, wanted, during)) continue
      const edge = edges.find((each) => mayCallBy(lanes.of(each.uid), zone, wanted, during))
      if (edge !== undefined) await calls.place({ zone, edge, route: wanted.route, during }, pods, order)
    }
  }

  return { round }
}

function logEnded(log: Log, uid: string, call: TestCall, finding: string): void {
  const { zone, during, route, good, begun, answered } = call
  const [begunAt, answeredAt] = [Math.round(begun), answered === undefined ? null : Math.round(answered)]
  log.info(
    { drill: named(uid), zone: named(zone), during, route, good, finding: named(finding), begunAt, answeredAt },
    'a test call of a drill has ended',
  )
}

function ownerOf(
  { term }: FailoverDrillWorld,
  drill: FailoverDrillFacts,
  integration: IntegrationFacts | undefined,
): LaneOwner | undefined {
  const { primary, backup } = drilledTrunks(integration)
  if (primary === undefined || backup === undefined || integration?.testCall === undefined || term === undefined)
    return undefined
  return {
    ...{ integration: `${drill.namespace}/${drill.integration}`, drill: drill.uid, term },
    ...{ to: integration.testCall.to, primary: primary.name, backup: backup.name },
  }
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
