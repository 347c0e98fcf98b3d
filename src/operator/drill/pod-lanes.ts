import { choosePods } from '../../rules/drill/chosen-pods.ts'
import type { LaneOrder } from '../../rules/drill/order.ts'
import type { PodLanes } from '../../rules/drill/pod-lanes.ts'
import type { TestRequestOrder } from '../../rules/test-request.ts'
import type { DrillPod } from '../observe/drill-pods.ts'
import type { Addressed } from '../observe/pod-poller.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import type { HeardLane, LaneKind, LaneOwner, OrderAnswer, TestClient } from './lane-kind.ts'

export interface PodLanesOptions {
  /** Ready pods of bots of that Integration. */
  pods: (of: Pick<IntegrationFacts, 'namespace' | 'name'>) => DrillPod[]
  /** GET /state of a pod. Never throws. */
  ask: (pod: Addressed) => Promise<PodLanes | undefined>
  /** PUT /drill. Never throws. */
  order: (pod: Addressed, order: LaneOrder) => Promise<OrderAnswer>
  /** Of /test-requests/ID. */
  requests: TestClient<TestRequestOrder>
}

/** Lanes of endpoints: some pods of each bot in each zone have one, and send test requests by their own. */
export function podLanes(o: PodLanesOptions): LaneKind<DrillPod> {
  return {
    ...{ holder: 'pod', test: 'request', part: 'endpoint' },
    holders: ({ integration }, known) => choosePods(o.pods(integration), known),
    async ask(pod, owner) {
      const told = await o.ask(pod)
      return told && heardOf(pod, told, owner)
    },
    order: (pod, order) => o.order(pod, order),
    testBy(pod, { drill, integration }) {
      const { operation, maxSeconds } = integration.testOperation!
      const order = { integration: integration.name, drill, operation }
      return { pods: [pod], maxSeconds, place: (by, id) => o.requests.order(by, id, order) }
    },
    askTest: o.requests.ask,
  }
}

function heardOf({ zone }: DrillPod, { nonce, drills }: PodLanes, { drill, primary }: LaneOwner): HeardLane {
  const own = drills.find((each) => each.drill === drill)
  const state = own?.endpoints.find(({ endpoint }) => endpoint === primary)?.state ?? 'Unknown'
  return { zone, nonce, lane: own && { primary: state, active: own.active } }
}
