import { expect } from 'chai'
import type { DrillState } from '../../src/api/failover-drill-status.ts'
import { edgeLanes } from '../../src/operator/drill/edge-lanes.ts'
import { createErrand } from '../../src/operator/drill/errand.ts'
import type { CallView } from '../../src/operator/drill/lane-kind.ts'
import { createRunMemory } from '../../src/operator/drill/run-memory.ts'
import type { Addressed } from '../../src/operator/observe/pod-poller.ts'
import type { DrillOrder } from '../../src/rules/drill/order.ts'
import type { RealCalls } from '../../src/rules/drill/real-calls.ts'
import type { EdgeState } from '../../src/rules/edge-state.ts'
import { silent } from '../../src/runtime/log.ts'
import type { TestCallOrder } from '../../src/rules/test-call.ts'
import {
  aDrill,
  aDrillWorld,
  anIntegration,
  anIntegrationSpec,
  someSurroundings,
  TRUNKS,
} from './integration-worlds.ts'

export const UID = 'uid-drill'
const integration = anIntegration(anIntegrationSpec({ sip: { trunks: TRUNKS, testCall: { to: '4000' } } }))
const NONCE = '00112233aabbccdd.1'

/** Two edges and two pods of one drill that do what they are ordered, as far as a test says. */
export class DrilledEdges {
  now = 1_000_000
  leadsFor = 4_000
  /** Of the lane of each edge. */
  paris: 'Up' | 'Down' = 'Up'
  active = 'lyon'
  refusal: string | undefined
  readonly orders: string[] = []
  readonly ttls: number[] = []
  /** Of each edge: the percentage of real calls that it was ordered last, and the most of them. */
  readonly shares: Record<string, string> = {}
  /** Real calls that each edge says it had. */
  drilled: Record<string, RealCalls> = {}
  what: Parameters<typeof aDrill>[0] = { mode: 'Synthetic' }
  readonly calls: { pod: string; id: string; order: TestCallOrder }[] = []
  view: CallView = { state: 'Running' }
  isBusy = false
  readonly memory = createRunMemory({ monotonic: () => this.now }, silent, () => {})
  private readonly leases = new Map<string, DrillOrder>()
  private readonly errand = createErrand(
    { leadsFor: () => this.leadsFor, memory: this.memory, log: silent, monotonic: () => this.now },
    edgeLanes({
      edges: () => ['a', 'b'].map((zone) => ({ uid: `edge-${zone}`, name: `edge-${zone}`, ip: `10.0.0.${zone}` })),
      callers: () => ({ pods: ['one', 'two'].map((name) => ({ name }) as Addressed), number: '+33199000001' }),
      ask: ({ uid }) => Promise.resolve(this.stateOf(uid)),
      order: ({ uid, name }, order) => Promise.resolve(this.obey(uid, name, order)),
      calls: {
        order: ({ name }, id, order) => {
          if (!this.isBusy) this.calls.push({ pod: name, id, order })
          return Promise.resolve(!this.isBusy)
        },
        ask: () => Promise.resolve(this.view),
      },
    }),
    UID,
  )

  private stateOf(uid: string): EdgeState {
    const lease = this.leases.get(uid)
    const lane = {
      ...{ integration: 'lilas/cabinet', drill: UID, fault: 'None' as const, side: 'Primary' as const },
      ...{ remainingMilliseconds: 3_000, active: this.active },
      trunks: [
        { trunk: 'paris', state: this.paris },
        { trunk: 'lyon', state: 'Up' as const },
      ],
    }
    const real = this.drilled[uid]
    return {
      ...{ zone: `zone-${uid.at(-1)}`, epoch: 1, trunks: [], active: [], marked: [], nonce: NONCE },
      drilled: real === undefined ? [] : [{ drill: UID, ...real }],
      drills: lease === undefined ? [] : [lane],
    }
  }

  private obey(uid: string, name: string, order: DrillOrder) {
    const { fault, side, ttlMilliseconds } = order
    this.orders.push(ttlMilliseconds === 0 ? `${name} end` : `${name} ${fault} ${side}`)
    this.ttls.push(ttlMilliseconds)
    this.shares[name] = `${order.sharePercent} % ${order.mostRealCalls}`
    if (this.refusal !== undefined) return { nonce: NONCE, isTaken: false, because: this.refusal }
    if (ttlMilliseconds === 0) this.leases.delete(uid)
    else this.leases.set(uid, order)
    return { nonce: NONCE, isTaken: true, because: undefined }
  }

  /** The orders of one round, of one edge: both get the same. */
  async round(state: DrillState | undefined, changes: Parameters<typeof aDrillWorld>[0] = {}): Promise<string[]> {
    this.orders.length = 0
    const drill =
      state === undefined
        ? undefined
        : { ...aDrill({ uid: UID, ...this.what }), status: { state, leadership: 1 } as never }
    const remembered = this.memory.recall(UID)
    const surroundings = someSurroundings({ sip: { zones: ['zone-a', 'zone-b'], witnesses: [] } })
    await this.errand.round(
      aDrillWorld({ drill, integration, remembered, surroundings, monotonic: this.now, ...changes }),
    )
    this.now += 500
    expect(
      this.orders.filter((order) => order.startsWith('edge-b')).map((order) => order.replace('-b', '-a')),
    ).to.deep.equal(this.orders.filter((order) => order.startsWith('edge-a')))
    return this.orders.filter((order) => order.startsWith('edge-a')).map((order) => order.replace('edge-a ', ''))
  }

  /** As when their agents start again. */
  loseLeases(): void {
    this.leases.clear()
  }

  enter(state: DrillState): void {
    this.memory.enter({ uid: UID, namespace: 'lilas' }, state, ['zone-a', 'zone-b'])
  }

  endCalls(finding: string, part?: string): void {
    const outcome = finding === 'AsExpected' ? 'Passed' : 'Failed'
    this.view = { state: 'Done', result: { outcome, finding, part, answerMilliseconds: 40 } }
  }
}
