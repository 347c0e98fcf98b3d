import { expect } from 'chai'
import type { DrillState } from '../../../../src/api/failover-drill-status.ts'
import { edgeLanes } from '../../../../src/operator/drill/edge-lanes.ts'
import { createErrand } from '../../../../src/operator/drill/errand.ts'
import type { CallView } from '../../../../src/operator/drill/lane-kind.ts'
import { createRunMemory } from '../../../../src/operator/drill/run-memory.ts'
import type { Addressed } from '../../../../src/operator/observe/pod-poller.ts'
import { NO_LIMIT, type DrillOrder } from '../../../../src/rules/drill/order.ts'
import { NO_REAL_CALLS, type RealCalls } from '../../../../src/rules/drill/real-calls.ts'
import type { EdgeState } from '../../../../src/rules/edge-state.ts'
import { silent } from '../../../../src/runtime/log.ts'
import type { TestCallOrder } from '../../../../src/rules/test-call.ts'
import {
  aDrill,
  aDrillWorld,
  anIntegration,
  anIntegrationSpec,
  someSurroundings,
} from '../../../harness/integration-worlds.ts'

const UID = 'uid-drill'
const TRUNKS = [
  { name: 'paris', role: 'Primary', address: { host: 'paris.pbx.example' } },
  { name: 'lyon', role: 'Backup', address: { host: 'lyon.pbx.example' } },
]
const integration = anIntegration(anIntegrationSpec({ sip: { trunks: TRUNKS, testCall: { to: '4000' } } }))
const NONCE = '00112233aabbccdd.1'

/** Two edges and two pods that do what they are ordered, as far as a test says. */
class Installation {
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

describe('the errand of a drill', () => {
  it('tries the backup alone, then the primary in a lane of its own, before any fault', async () => {
    const all = new Installation()
    all.enter('Baseline')
    expect(await all.round('Baseline')).to.deep.equal(['Disconnect Primary'])
    expect(await all.round('Baseline')).to.deep.equal(['Disconnect Primary'])
    expect(all.calls.map(({ pod, order }) => `${pod} ${order.to} ${order.from} ${order.edge}`)).to.deep.equal([
      'one 4000 +33199000001 10.0.0.a',
      'two 4000 +33199000001 10.0.0.b',
    ])
    expect(all.calls[0]!.order.headers).to.deep.equal({ 'X-Callbot-Drill': UID })
    all.endCalls('AsExpected', 'lyon')
    await all.round('Baseline')
    expect(await all.round('Baseline')).to.deep.equal(['end', 'None Primary'])
    all.active = 'paris'
    expect(await all.round('Baseline')).to.deep.equal(['None Primary'])
    expect(all.calls).to.have.lengthOf(4)
  })

  it('places no call before the lane would use the route that is to be tried', async () => {
    const all = new Installation()
    all.active = 'paris'
    all.enter('Baseline')
    for (let round = 0; round < 4; round++) await all.round('Baseline')
    expect(all.calls).to.deep.equal([])
  })

  it('simulates the fault for as long as the state says so, and measures when each edge has detected it', async () => {
    const all = new Installation()
    all.enter('Injected')
    expect(await all.round('Injected')).to.deep.equal(['Blackhole Primary'])
    await all.round('Injected')
    all.paris = 'Down'
    await all.round('Injected')
    const lanes = all.memory.recall(UID)!.lanes
    expect(lanes.map(({ zone, lane, detectedAfter }) => `${zone} ${lane} ${detectedAfter}`)).to.deep.equal([
      'zone-a Down 1000',
      'zone-b Down 1000',
    ])
    expect(all.calls, 'a call of each zone does not wait until the fault is known').to.have.lengthOf(2)
    all.paris = 'Up'
    expect(await all.round('Restoring')).to.deep.equal(['None Primary'])
  })

  it('orders no lease that outlives the leadership, and none without one', async () => {
    const all = new Installation()
    all.enter('Injected')
    all.leadsFor = 1_234
    await all.round('Injected')
    expect(all.ttls).to.deep.equal([1_234, 1_234])
    all.leadsFor = 0
    expect(await all.round('Injected')).to.deep.equal([])
    expect(await all.round('Injected', { term: undefined })).to.deep.equal(['end'])
  })

  for (const [what, changes] of [
    ['another leader began it', { term: 2 }],
    ['its leader has forgotten it', { remembered: undefined }],
    ['the kill switch is on', { surroundings: someSurroundings({ killSwitch: 'On' }) }],
    ['the kill switch is missing', { surroundings: someSurroundings({ killSwitch: 'Missing' }) }],
  ] as const)
    it(`ends what edges have when ${what}, before that is written anywhere`, async () => {
      const all = new Installation()
      all.enter('Holding')
      await all.round('Holding')
      expect(await all.round('Holding', changes)).to.deep.equal(['end'])
      expect(await all.round('Holding', changes)).to.deep.equal([])
    })

  it('gives each edge its part of the real calls in state Holding, the same one again and again, and none before or after', async () => {
    const all = new Installation()
    all.what = { mode: 'Share', sharePercent: 20, limits: { realCalls: 5 } }
    all.enter('Detected')
    await all.round('Detected')
    expect(all.shares).to.deep.equal({ 'edge-a': '0 % 0', 'edge-b': '0 % 0' })
    for (let round = 0; round < 2; round++) {
      await all.round('Holding')
      expect(all.shares).to.deep.equal({ 'edge-a': '20 % 3', 'edge-b': '20 % 2' })
    }
    await all.round('Restoring')
    expect(Object.values(all.shares).map((share) => share.split(' ')[0])).to.deep.equal(['0', '0'])
  })

  it('sets no bound to the real calls of an edge where the drill has none', async () => {
    const all = new Installation()
    all.what = { mode: 'Full' }
    all.enter('Holding')
    await all.round('Holding')
    expect(all.shares).to.deep.equal({ 'edge-a': `100 % ${NO_LIMIT}`, 'edge-b': `100 % ${NO_LIMIT}` })
  })

  it('sums the real calls of all edges', async () => {
    const all = new Installation()
    all.enter('Holding')
    all.drilled = {
      'edge-a': { ...NO_REAL_CALLS, met: 4, answered: 3, rescued: 1 },
      'edge-b': { ...NO_REAL_CALLS, met: 2, spared: 1 },
    }
    await all.round('Holding')
    expect(all.memory.recall(UID)!.real).to.deep.equal({ ...NO_REAL_CALLS, met: 6, answered: 3, rescued: 1, spared: 1 })
  })

  it('ends what edges have when the drill is gone', async () => {
    const all = new Installation()
    all.enter('Holding')
    await all.round('Holding')
    expect(await all.round(undefined)).to.deep.equal(['end'])
    expect(await all.round(undefined)).to.deep.equal([])
  })

  it('counts a call by the trunk that the edge names, and not one that failed for a reason of ours', async () => {
    const all = new Installation()
    all.enter('Holding')
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round++) await all.round('Holding')
    }
    await rounds(2)
    all.endCalls('AsExpected', 'lyon')
    await rounds(1)
    all.view = { state: 'Running' }
    await rounds(2)
    all.endCalls('Bug')
    await rounds(1)
    all.view = { state: 'Running' }
    await rounds(2)
    all.endCalls('OtherSound', 'lyon')
    await rounds(1)
    const { calls, problems } = all.memory.recall(UID)!
    expect(calls.map(({ zone, route, good }) => `${zone} ${route} ${good}`)).to.deep.equal([
      'zone-a Backup true',
      'zone-b Backup true',
      'zone-a Backup false',
      'zone-b Backup false',
    ])
    expect(problems).to.deep.equal([
      'a test call by the edge edge-a in state Holding: OtherSound',
      'a test call by the edge edge-b in state Holding: OtherSound',
    ])
  })

  it('dials the test number as the Integration says, from the number of a bot unless it names another', async () => {
    const orderOf = async (testCall: object) => {
      const all = new Installation()
      all.enter('Injected')
      const sip = { trunks: TRUNKS, testCall: { to: '4000', ...testCall } }
      await all.round('Injected', { integration: anIntegration(anIntegrationSpec({ sip })) })
      const { to, from, expect: expected, maxSeconds } = all.calls[0]!.order
      return [to, from, expected, maxSeconds].join(' ')
    }
    expect(await orderOf({})).to.equal('4000 +33199000001 Echo 10')
    expect(await orderOf({ from: '+33199000098', expect: 'Tone', maxSeconds: 7 })).to.equal('4000 +33199000098 Tone 7')
  })

  it('places no call more than the state asks for', async () => {
    const all = new Installation()
    all.enter('Injected')
    await all.round('Injected')
    await all.round('Injected')
    all.endCalls('AsExpected', 'lyon')
    for (let round = 0; round < 4; round++) await all.round('Injected')
    expect(all.calls).to.have.lengthOf(2)
  })

  it('forgets a drill when it does not lead any more, so that it does not go on with it when it leads again', async () => {
    const all = new Installation()
    all.enter('Holding')
    await all.round('Holding')
    await all.round('Holding', { term: undefined })
    expect(all.memory.recall(UID)).to.equal(undefined)
    expect(await all.round('Holding')).to.deep.equal([])
  })

  it('counts no failure of a call that may have met the end of a lease', async () => {
    const all = new Installation()
    all.enter('Holding')
    await all.round('Holding')
    await all.round('Holding')
    all.loseLeases()
    await all.round('Holding')
    all.endCalls('Refused')
    await all.round('Holding')
    expect(all.calls.length).to.be.greaterThan(0)
    expect(all.memory.recall(UID)).to.deep.include({ calls: [], problems: [] })
  })

  it('asks the next pod when one takes no test call, and remembers why an edge refused', async () => {
    const all = new Installation()
    all.enter('Holding')
    all.isBusy = true
    for (let round = 0; round < 3; round++) await all.round('Holding')
    all.isBusy = false
    for (let round = 0; round < 3; round++) await all.round('Holding')
    expect(all.calls.map(({ pod }) => pod)).to.have.lengthOf(2)
    all.refusal = 'the drill uid-2 has the lane'
    await all.round('Holding')
    expect(all.memory.recall(UID)!.problems).to.include(
      'the edge edge-a refused an order: the drill uid-2 has the lane',
    )
  })
})
