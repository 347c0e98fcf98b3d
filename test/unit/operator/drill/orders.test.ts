import { expect } from 'chai'
import type { FailoverDrillStatus } from '../../../../src/api/failover-drill.ts'
import type { LaneHolder, LaneKind, OrderAnswer } from '../../../../src/operator/drill/lane-kind.ts'
import { createOrders } from '../../../../src/operator/drill/orders.ts'
import { createRunMemory } from '../../../../src/operator/drill/run-memory.ts'
import type { FailoverDrillFacts } from '../../../../src/operator/world/drills.ts'
import type { LaneOrder } from '../../../../src/rules/drill/order.ts'
import { silent } from '../../../../src/runtime/log.ts'
import {
  aDrill,
  aDrillWorld,
  anIntegration,
  anIntegrationSpec,
  someSurroundings,
  TRUNKS,
} from '../../../harness/integration-worlds.ts'

const integration = anIntegration(anIntegrationSpec({ sip: { trunks: TRUNKS, testCall: { to: '4000' } } }))
const EDGE = { uid: 'edge', name: 'edge', ip: '10.0.0.1' }
const NONCE = '00112233aabbccdd.1'

/** One edge that takes each order, and the drill of one name. */
function installation() {
  const given: string[] = []
  const had = new Set<string>()
  let [drill, isDeaf]: [FailoverDrillFacts | undefined, boolean] = [undefined, false]
  const order = (_: LaneHolder, { drill: of, fault, ttlMilliseconds }: LaneOrder): Promise<OrderAnswer> => {
    given.push(`${of} ${ttlMilliseconds === 0 ? 'end' : fault}`)
    if (ttlMilliseconds === 0) had.delete(of)
    else had.add(of)
    return Promise.resolve({ nonce: NONCE, isTaken: true, because: undefined })
  }
  const kind: LaneKind<typeof EDGE> = {
    ...{ holder: 'edge', test: 'call', part: 'trunk', holders: () => [EDGE], order },
    ask: (_, { drill: of }) =>
      Promise.resolve(
        isDeaf
          ? undefined
          : {
              ...{ zone: 'zone-a', nonce: NONCE, real: undefined },
              lane: had.has(of) ? { primary: 'Up' as const, active: 'lyon' } : undefined,
            },
      ),
    testBy: () => ({ pods: [], maxSeconds: 1, place: () => Promise.resolve(false) }),
    askTest: () => Promise.resolve({ state: 'Gone' }),
  }
  const memory = createRunMemory({ monotonic: () => 0 }, silent, () => {})
  const reconcile = createOrders({
    ...{ memory, log: silent, monotonic: () => 0, leadsFor: () => 4_000 },
    kinds: { SIP: kind as never, HTTP: kind as never },
    world: () => {
      const surroundings = someSurroundings({ sip: { zones: ['zone-a'], witnesses: [] } })
      const remembered = drill && memory.recall(drill.uid)
      return aDrillWorld({ drill, integration, remembered, surroundings, term: 1 })
    },
  })
  return {
    memory,
    set: (uid: string | undefined, status?: Partial<FailoverDrillStatus>) => {
      const persisted = { leadership: 1, ...status } as FailoverDrillStatus
      drill = uid === undefined ? undefined : { ...aDrill({ uid, mode: 'Synthetic' }), status: persisted }
      if (uid !== undefined && status?.state !== 'Pending') memory.enter(drill!, 'Injected', ['zone-a'])
    },
    fallSilent: (silence: boolean) => (isDeaf = silence),
    /** What the edge was ordered in one round, and when the next one is due. */
    async round() {
      given.length = 0
      const result = await reconcile('lilas/drill', new AbortController().signal)
      return [...given, (result ?? {}).recheckAfterSeconds]
    },
  }
}

describe('the orders of a drill', () => {
  it('are repeated twice a second while it runs, and taken back once when it has ended or is deleted', async () => {
    const ends: ((site: ReturnType<typeof installation>) => void)[] = [
      (site) => site.set('one', { state: 'Ended', verdict: 'Failed' }),
      (site) => site.set(undefined),
    ]
    for (const end of ends) {
      const site = installation()
      site.set('one', { state: 'Injected' })
      expect(await site.round()).to.deep.equal(['one Blackhole', 0.5])
      expect(await site.round()).to.deep.equal(['one Blackhole', 0.5])
      end(site)
      expect(await site.round()).to.deep.equal(['one end', undefined])
      expect(site.memory.recall('one')).to.equal(undefined)
      expect(await site.round()).to.deep.equal([undefined])
    }
  })

  it('do not exist before it has begun, nor for one that had ended before this replica led', async () => {
    const site = installation()
    site.set('one', { state: 'Pending' })
    expect(await site.round()).to.deep.equal([undefined])
    site.set('one', { state: 'Ended', verdict: 'Failed' })
    expect(await site.round()).to.deep.equal([undefined])
  })

  it('of one that was deleted are taken back when the next drill of its name has begun', async () => {
    const site = installation()
    site.set('one', { state: 'Injected' })
    await site.round()
    site.set('two', { state: 'Injected' })
    expect(await site.round()).to.have.members(['one end', 'two Blackhole', 0.5])
    expect(await site.round()).to.deep.equal(['two Blackhole', 0.5])
  })

  it('are tried to be taken back until the edge that has them answers', async () => {
    const site = installation()
    site.set('one', { state: 'Injected' })
    await site.round()
    site.set(undefined)
    site.fallSilent(true)
    expect(await site.round()).to.deep.equal([0.5])
    site.fallSilent(false)
    expect(await site.round()).to.deep.equal(['one end', undefined])
  })
})
