import { expect } from 'chai'
import { createCallsStore } from '../../../../src/operator/observe/pod-calls.ts'
import { createCallsPoller, type Addressed } from '../../../../src/operator/observe/pod-poller.ts'
import type { CachedPod } from '../../../../src/operator/observe/projections.ts'
import { type CallPolicy, policyDigest, type PolicyOrder } from '../../../../src/rules/policy-order.ts'
import type { PodState } from '../../../../src/rules/call-statistics.ts'
import { aPod, aPodState } from '../../../harness/builders.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

const aCachedPod = (name: string, changes: Partial<CachedPod> = {}): CachedPod => {
  const { ready, terminating, waitingForVolumesSince, configuration, marked, revision } = aPod('zone-a')
  const facts = { ready, terminating, waitingForVolumesSince, configuration, marked, revision }
  const place = { namespace: 'lilas', bot: 'accueil', node: 'node-a', ip: `ip of ${name}`, running: true }
  return { name, uid: `uid-${name}`, resourceVersion: '1', ...facts, ...place, ...changes }
}

describe('asking pods how their calls are', () => {
  let clock: FakeClock
  let pods: CachedPod[]
  let asked: { name: string; keep: boolean }[]
  let answers: (pod: Addressed) => PodState | undefined
  let leads: boolean
  let policy: CallPolicy | undefined
  let orders: PolicyOrder[]
  let chance: number
  let hasten: (namespace: string) => void
  let end: AbortController

  beforeEach(() => {
    clock = new FakeClock()
    pods = [aCachedPod('one')]
    asked = []
    policy = undefined
    orders = []
    answers = () => aPodState()
    leads = true
    chance = 0.5
    end = new AbortController()
  })
  afterEach(() => end.abort())

  const start = () => {
    const store = createCallsStore({ now: clock.wall, onChange: () => {}, onDemand: () => {} })
    const poller = createCallsPoller({
      caches: { pods: { list: () => pods.values() } } as never,
      store,
      ask: async (pod, keep, order) => {
        asked.push({ name: pod.name, keep })
        if (order !== undefined) orders.push(order)
        return answers(pod)
      },
      policyOf: () => policy,
      mayAsk: () => leads,
      clock,
      // Pods begin one after the other.
      chance: () => (chance = (chance + 0.37) % 1),
    })
    hasten = poller.hasten
    void poller.run(end.signal)
    return store
  }
  const times = (name: string) => asked.filter((each) => each.name === name).length

  describe('with a policy that they do not go by', () => {
    const tight: CallPolicy = { collect: ['motif'], callMetadata: 'NotKept' }
    const told = (of: CallPolicy, epoch: number) => aPodState({ policy: { epoch, digest: policyDigest(of) } })

    it('tells it to them, and no more once they do', async () => {
      policy = tight
      answers = () => (orders.length === 0 ? aPodState() : told(tight, orders[0]!.epoch))
      start()
      await clock.pass(20_000)
      expect(orders).to.have.length(1)
      expect(orders[0]).to.deep.include(tight)
    })

    it('tells a new one within a second, though nobody has called for an hour, and again until they go by it', async () => {
      policy = { collect: ['motif', 'date'], callMetadata: 'NotKept' }
      let goesBy: CallPolicy = policy
      answers = () => told(goesBy, 1)
      const board = start()
      await clock.pass(3_600_000)
      // The first question is asked before anything is known of the pod.
      expect(orders.splice(0)).to.have.length(1)
      policy = tight
      hasten('lilas')
      await clock.pass(1_000)
      expect(orders[0]).to.deep.include(tight)
      await clock.pass(2_500)
      expect(orders.length, 'told again').to.be.within(3, 4)
      expect(orders.at(-1)!.epoch).to.be.greaterThan(1)
      goesBy = tight
      await clock.pass(1_500)
      const count = orders.length
      await clock.pass(60_000)
      expect(orders).to.have.length(count)
      expect(board).to.be.an('object')
    })

    it('tells the pods of other namespaces nothing that is not theirs', async () => {
      start()
      await clock.pass(4_000)
      const before = asked.length
      hasten('other')
      await clock.pass(300)
      expect(asked.length - before).to.be.at.most(1)
      expect(orders).to.deep.equal([])
    })
  })

  it('is done every 5 s while nobody calls, and every 2 s, over one connection, while somebody does', async () => {
    start()
    await clock.pass(60_000)
    expect(times('one')).to.be.within(10, 13)
    expect(asked.every(({ keep }) => !keep)).to.be.true
    answers = () => aPodState({ calls: 1 })
    await clock.pass(10_000)
    asked = []
    policy = undefined
    orders = []
    await clock.pass(60_000)
    expect(times('one')).to.be.within(20, 31)
    expect(asked.every(({ keep }) => keep)).to.be.true
  })

  it('is done at once for all pods of a bot when one of them gets a call after a quiet time', async () => {
    pods = ['one', 'two', 'three', 'four'].map((name) => aCachedPod(name))
    start()
    await clock.pass(30_000)
    const first: Record<string, number> = {}
    answers = ({ name }) => {
      first[name] ??= clock.monotonic()
      return aPodState({ calls: 1 })
    }
    await clock.pass(6_000)
    const times = Object.values(first)
    expect(times).to.have.lengthOf(4)
    expect(Math.max(...times) - Math.min(...times)).to.be.at.most(500)
  })

  it('is left to the leader', async () => {
    leads = false
    start()
    await clock.pass(60_000)
    expect(asked).to.deep.equal([])
    leads = true
    await clock.pass(6_000)
    expect(times('one')).to.be.greaterThan(0)
  })

  it('costs hardly anything for a pod that is dead, and nothing for one that has not begun', async () => {
    answers = () => undefined
    pods = [aCachedPod('dead'), aCachedPod('pending', { running: false }), aCachedPod('new', { ip: undefined })]
    start()
    await clock.pass(600_000)
    expect(times('dead')).to.be.below(20)
    expect(times('pending') + times('new')).to.equal(0)
  })

  it('asks draining pods too: they have the last calls', async () => {
    pods = [aCachedPod('leaving', { terminating: true, ready: false })]
    answers = () => aPodState({ calls: 3 })
    const store = start()
    await clock.pass(6_000)
    expect(store.shown('lilas/accueil')?.calls).to.equal(3)
  })

  it('knows of which version a failing test is', async () => {
    pods = [aCachedPod('one', { configuration: 'accueil-0123456789' })]
    const failedTest = { test: 'usual-way', turn: 3, because: 'the bot does not say "soir"' }
    answers = () => aPodState({ failedTest })
    const store = start()
    await clock.pass(6_000)
    const expected = [{ ...failedTest, configuration: 'accueil-0123456789' }]
    expect(store.shown('lilas/accueil')?.failedTests).to.deep.equal(expected)
  })

  it('believes a pod for two silent turns, not for three', async () => {
    answers = () => aPodState({ calls: 3 })
    const store = start()
    await clock.pass(6_000)
    answers = () => undefined
    await clock.pass(5_000)
    expect(store.shown('lilas/accueil')?.calls).to.equal(3)
    await clock.pass(60_000)
    expect(store.shown('lilas/accueil')?.calls).to.equal(0)
  })

  it('shows nothing of a bot before each of its pods was asked once: a new leader would seem to see fewer calls', async () => {
    pods = ['one', 'two', 'three'].map((name) => aCachedPod(name))
    answers = ({ name }) => (name === 'two' ? undefined : aPodState({ answered: 5 }))
    const store = start()
    const seen = new Set<number | undefined>()
    for (let look = 0; look < 100; look++) {
      await clock.pass(100)
      seen.add(store.shown('lilas/accueil')?.answered)
    }
    expect([...seen]).to.deep.equal([undefined, 10])
  })

  it('counts no call of a pod that is gone', async () => {
    answers = () => aPodState({ calls: 3 })
    const store = start()
    await clock.pass(6_000)
    pods = []
    await clock.pass(6_000)
    expect(store.shown('lilas/accueil')?.calls).to.equal(0)
  })

  it('reaches each of 3,000 idle pods in turn, with some 20 questions in a second', async () => {
    pods = Array.from({ length: 3_000 }, (_, index) => aCachedPod(`pod-${index}`))
    start()
    await clock.pass(300_000)
    expect(new Set(asked.map(({ name }) => name)).size).to.equal(3_000)
    asked = []
    policy = undefined
    orders = []
    await clock.pass(120_000)
    expect(asked.length / 120).to.be.within(12, 30)
  }).timeout(20_000)

  it('hears of a call on any of 10,000 idle pods within three and a half minutes', async () => {
    pods = Array.from({ length: 10_000 }, (_, index) => aCachedPod(`pod-${index}`))
    start()
    await clock.pass(200_000)
    asked = []
    policy = undefined
    orders = []
    await clock.pass(210_000)
    expect(new Set(asked.map(({ name }) => name)).size).to.equal(10_000)
  }).timeout(60_000)
})
