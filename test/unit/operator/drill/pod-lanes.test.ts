import { expect } from 'chai'
import type { DrillState } from '../../../../src/api/failover-drill-status.ts'
import { createErrand } from '../../../../src/operator/drill/errand.ts'
import type { CallView } from '../../../../src/operator/drill/lane-kind.ts'
import { podLanes } from '../../../../src/operator/drill/pod-lanes.ts'
import { createRunMemory } from '../../../../src/operator/drill/run-memory.ts'
import type { DrillPod } from '../../../../src/operator/observe/drill-pods.ts'
import type { LaneOrder } from '../../../../src/rules/drill/order.ts'
import type { PodLanes } from '../../../../src/rules/drill/pod-lanes.ts'
import type { TestRequestOrder } from '../../../../src/rules/test-request.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { aDrill, aDrillWorld, anIntegration, anIntegrationSpec } from '../../../harness/integration-worlds.ts'

const UID = 'uid-drill'
const NONCE = '00112233aabbccdd.1'
const integration = anIntegration(
  anIntegrationSpec({
    http: {
      endpoints: [
        { name: 'nord', role: 'Primary', url: 'https://nord.example/v1' },
        { name: 'sud', role: 'Backup', url: 'https://sud.example/v1' },
      ],
      operations: [{ name: 'slots', method: 'GET', path: '/slots', idempotency: 'Idempotent' }],
      testOperation: 'slots',
    },
  }),
)
const aPod = (name: string, zone: string) => ({ uid: name, name, zone, bot: 'desk', namespace: 'lilas' }) as DrillPod

/** Pods in two zones that do what they are ordered. */
class Installation {
  now = 1_000_000
  pods = [aPod('a-1', 'zone-a'), aPod('a-2', 'zone-a'), aPod('b-1', 'zone-b')]
  nord: 'Up' | 'Down' = 'Up'
  active = 'nord'
  view: CallView = { state: 'Running' }
  readonly orders: (LaneOrder & { pod: string })[] = []
  readonly requests: (TestRequestOrder & { pod: string })[] = []
  readonly memory = createRunMemory({ monotonic: () => this.now }, silent, () => {})
  private readonly leases = new Map<string, LaneOrder>()
  private readonly errand = createErrand(
    { leadsFor: () => 4_000, memory: this.memory, log: silent, monotonic: () => this.now },
    podLanes({
      pods: () => this.pods,
      ask: ({ uid }) => Promise.resolve(this.stateOf(uid)),
      order: ({ uid }, order) => {
        this.orders.push({ ...order, pod: uid })
        if (order.ttlMilliseconds === 0) this.leases.delete(uid)
        else this.leases.set(uid, order)
        return Promise.resolve({ nonce: NONCE, isTaken: true, because: undefined })
      },
      requests: {
        order: ({ name }, _, order) => Promise.resolve(this.requests.push({ ...order, pod: name }) > 0),
        ask: () => Promise.resolve(this.view),
      },
    }),
    UID,
  )

  private stateOf(uid: string): PodLanes {
    const lane: PodLanes['drills'][number] = {
      ...({
        integration: 'lilas/cabinet',
        drill: UID,
        fault: 'None',
        side: 'Primary',
        remainingMilliseconds: 1,
      } as const),
      ...{ endpoints: [{ endpoint: 'nord', state: this.nord }], active: this.active },
    }
    return { nonce: NONCE, drills: this.leases.has(uid) ? [lane] : [] }
  }

  async rounds(state: DrillState, count = 1): Promise<string[]> {
    this.orders.length = 0
    for (let round = 0; round < count; round++) {
      const status = { state, leadership: 1 } as never
      const drill = { ...aDrill({ uid: UID, mode: 'Synthetic', side: 'HTTP' }), status }
      const remembered = this.memory.recall(UID)
      await this.errand.round(aDrillWorld({ drill, integration, remembered, monotonic: this.now }))
      this.now += 500
    }
    return this.orders.map(({ pod, fault, side, ttlMilliseconds: ttl }) => `${pod} ${ttl && `${fault} ${side}`}`)
  }

  enter(state: DrillState): void {
    this.memory.enter({ uid: UID, namespace: 'lilas' }, state, ['zone-a', 'zone-b'])
  }

  answer(finding: string, part?: string): void {
    const outcome = finding === 'AsExpected' ? 'Passed' : 'Failed'
    this.view = { state: 'Done', result: { outcome, finding, part, answerMilliseconds: 40 } }
  }
}

describe('the errand of a drill of a web service', () => {
  it('orders the lanes of pods, with no test number and for the primary alone', async () => {
    const all = new Installation()
    all.enter('Injected')
    expect(await all.rounds('Injected')).to.have.members(all.pods.map(({ uid }) => `${uid} Blackhole Primary`))
    expect(all.orders[0]).to.deep.equal({
      ...{ pod: 'a-1', integration: 'lilas/cabinet', drill: UID, term: 1, nonce: NONCE, ttlMilliseconds: 3_000 },
      ...{ fault: 'Blackhole', side: 'Primary' },
    })
    all.nord = 'Down'
    await all.rounds('Injected')
    const lanes = all.memory.recall(UID)!.lanes.map(({ edge, zone, lane }) => `${edge} ${zone} ${lane}`)
    expect(lanes).to.have.members(['a-1 zone-a Down', 'a-2 zone-a Down', 'b-1 zone-b Down'])
  })

  it('sends test requests of each zone by the operation that the Integration names, by one pod after the other', async () => {
    const all = new Installation()
    all.enter('Holding')
    all.answer('AsExpected', 'sud')
    await all.rounds('Holding', 8)
    const [first] = all.requests
    expect(first).to.deep.equal({ pod: 'a-1', integration: 'cabinet', drill: UID, operation: 'slots' })
    const byZone = (zone: string) => all.requests.map(({ pod }) => pod).filter((pod) => pod.startsWith(zone))
    expect(byZone('a').slice(0, 3)).to.deep.equal(['a-1', 'a-2', 'a-1'])
    expect(new Set(byZone('b'))).to.deep.equal(new Set(['b-1']))
    expect(all.memory.recall(UID)!.calls[0]).to.include({ route: 'Backup', zone: 'zone-a', good: true })
  })

  it('tells the primary from the backup by the endpoint that answered, and counts no request without a lease', async () => {
    const all = new Installation()
    all.enter('Holding')
    all.answer('NoLease')
    await all.rounds('Holding', 4)
    expect(all.memory.recall(UID)).to.deep.include({ calls: [], problems: [] })
    all.answer('AsExpected', 'nord')
    await all.rounds('Holding', 4)
    all.answer('Refused', 'sud')
    await all.rounds('Holding', 4)
    const { calls, problems } = all.memory.recall(UID)!
    expect(new Set(calls.map(({ route, good }) => `${route} ${good}`))).to.deep.equal(
      new Set(['Primary true', 'Backup false']),
    )
    expect(problems[0]).to.match(/^a test request of zone-a by the pod a-[12] and sud in state Holding: Refused$/)
  })

  it('goes on with the pods that are left, and takes a new one in', async () => {
    const all = new Installation()
    all.enter('Holding')
    await all.rounds('Holding')
    all.pods = [aPod('a-2', 'zone-a'), aPod('b-1', 'zone-b'), aPod('b-0', 'zone-b')]
    const orders = await all.rounds('Holding')
    expect(orders.map((order) => order.split(' ')[0]).sort()).to.deep.equal(['a-2', 'b-0', 'b-1'])
    expect(
      all.memory
        .recall(UID)!
        .lanes.map(({ edge }) => edge)
        .sort(),
    ).to.deep.equal(['a-2', 'b-0', 'b-1'])
  })
})
