import type { DrillOrder } from '../../rules/drill/order.ts'
import type { EdgeState } from '../../rules/edge-state.ts'
import type { TestCallOrder } from '../../rules/test-call.ts'
import type { EdgePod } from '../observe/edge-poller.ts'
import type { Addressed } from '../observe/pod-poller.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import type { HeardLane, LaneKind, LaneOwner, OrderAnswer, Test, TestClient } from './lane-kind.ts'

export interface EdgeLanesOptions {
  edges: () => Iterable<EdgePod>
  /** Pods of bots of that Integration that could place a call, and the number of the first bot. */
  callers: (of: Pick<IntegrationFacts, 'namespace' | 'name'>) => { pods: Addressed[]; number: string | undefined }
  /** GET /state of an edge. Never throws. */
  ask: (edge: EdgePod) => Promise<EdgeState | undefined>
  /** PUT /drill. Never throws. */
  order: (edge: EdgePod, order: DrillOrder) => Promise<OrderAnswer>
  /** Of /test-calls/ID. */
  calls: TestClient<TestCallOrder>
}

/** Lanes of trunks: every edge has one, and bot pods place test calls by it. */
export function edgeLanes(o: EdgeLanesOptions): LaneKind<EdgePod> {
  return {
    ...{ holder: 'edge', test: 'call', part: 'trunk' },
    holders: () => [...o.edges()],
    async ask(edge, owner) {
      const state = await o.ask(edge)
      return state && heardOf(state, owner)
    },
    order: (edge, order, { integration }, share) => o.order(edge, { ...order, ...share, to: integration.testCall!.to }),
    testBy(edge, { drill, integration }): Test {
      const { pods, number } = o.callers(integration)
      const { to, expect, maxSeconds, from = number } = integration.testCall!
      const order = {
        ...{ integration: integration.name, to, expect, maxSeconds, edge: edge.ip },
        ...(from !== undefined && { from }),
        headers: { 'X-Callbot-Drill': drill },
      }
      return { pods, maxSeconds, place: (pod, id) => o.calls.order(pod, id, { ...order, seed: id }) }
    },
    askTest: o.calls.ask,
  }
}

function heardOf({ zone, nonce, drills, drilled }: EdgeState, { drill, primary }: LaneOwner): HeardLane {
  const own = drills.find((each) => each.drill === drill)
  const state = own?.trunks.find(({ trunk }) => trunk === primary)?.state ?? 'Unknown'
  const real = drilled.find((each) => each.drill === drill)
  return { zone, nonce, lane: own && { primary: state, active: own.active }, real }
}
