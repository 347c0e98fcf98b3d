/** How drills reach edges and pods: the trunks of an Integration have their lanes in edges, its endpoints have theirs in bot pods. */
import type { LaneOrder, RealShare } from '../../rules/drill/order.ts'
import type { RealCalls } from '../../rules/drill/real-calls.ts'
import type { PartState } from '../../rules/part-state.ts'
import type { Addressed } from '../observe/pod-poller.ts'
import type { IntegrationFacts } from '../world/integration.ts'

/** What became of an order. Undefined: no answer came. */
export type OrderAnswer = { nonce: string; because: string | undefined; isTaken: boolean } | undefined

/** Who has a lane for a drill: an edge, or a bot pod. */
export interface LaneHolder {
  /** Of its pod, as its name. */
  readonly uid: string
  readonly name: string
}

/** What a holder says of a lane. */
export interface HeardLane {
  readonly zone: string
  /** For an order that is written now. Undefined: it takes none. */
  readonly nonce: string | undefined
  /** Undefined: the drill has no lane there. `active`: the trunk or endpoint that a test gets first. */
  readonly lane: { readonly primary: PartState; readonly active: string | undefined } | undefined
  /** Those that had to do with the drill there; undefined: none. */
  readonly real?: RealCalls | undefined
}

/** A test through the lane of one holder. */
export interface Test {
  /** Pods that can place it, one as well as the other. */
  readonly pods: readonly Addressed[]
  readonly maxSeconds: number
  /** False: the pod does not take it now. Never throws. @param id of the order, random */
  place(pod: Addressed, id: string): Promise<boolean>
}

/** Orders tests of bot pods, and asks how they go. */
export interface TestClient<Order> {
  /** False: the pod does not take it now. Never throws. */
  order(pod: Addressed, id: string, order: Order): Promise<boolean>
  /** Never throws. */
  ask(pod: Addressed, id: string): Promise<CallView>
}

/** How the lanes of one side of an Integration are had: those of trunks in edges, those of endpoints in pods. */
export interface LaneKind<H extends LaneHolder> {
  readonly holder: 'edge' | 'pod'
  readonly test: 'call' | 'request'
  readonly part: 'trunk' | 'endpoint'
  /** Those that shall take part now. @param known UIDs of those that already do */
  holders(owner: LaneOwner, known: ReadonlySet<string>): readonly H[]
  /** Undefined: it does not answer. Never throws. */
  ask(holder: H, owner: LaneOwner): Promise<HeardLane | undefined>
  /** PUT /drill. Never throws. */
  order(holder: H, order: LaneOrder, owner: LaneOwner, share: RealShare): Promise<OrderAnswer>
  testBy(holder: H, owner: LaneOwner): Test
  /** How a test that a pod took goes. */
  readonly askTest: TestClient<never>['ask']
}

/** Whose lanes they are. */
export interface LaneOwner {
  readonly drill: string
  readonly term: number
  readonly integration: IntegrationFacts
  /** Names of trunks or endpoints: the primary, and the first backup. */
  readonly primary: string
  readonly backup: string
}

/** How an ordered test, a call or a request, went, as far as the operator has to know. */
export interface CallResult {
  outcome: 'Passed' | 'Failed' | 'CalledOff'
  finding: string
  /** The trunk or endpoint by which it was answered. */
  part: string | undefined
  /** From its begin; undefined: it was not answered. */
  answerMilliseconds: number | undefined
}

/** Gone: the pod does not know the order, or does not answer. */
export type CallView = { state: 'Running' } | { state: 'Done'; result: CallResult } | { state: 'Gone' }
