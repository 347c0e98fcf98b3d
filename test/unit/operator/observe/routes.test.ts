import { expect } from 'chai'
import { createEdgesStore, createEdgesPoller, type EdgePod } from '../../../../src/operator/observe/edge-poller.ts'
import { createRoutesStore, type RoutesStore } from '../../../../src/operator/observe/routes.ts'
import { FakeClock, settle } from '../../../harness/fake-clock.ts'

const STATE = { zone: 'zone-a', epoch: 1, trunks: [], active: [], drills: [], marked: [], drilled: [] }
const BOT = 'lilas/accueil'
type Answer = Awaited<ReturnType<Parameters<typeof createEdgesPoller>[0]['askRoutes']>>

describe('asking edges for routes', () => {
  let clock: FakeClock
  let edges: EdgePod[]
  let leads: boolean
  let answersState: (edge: EdgePod) => boolean
  let answer: (edge: EdgePod, bots: readonly string[]) => Answer | Promise<Answer>
  let asked: string[]
  let changed: string[]
  let end: AbortController
  let store: RoutesStore

  beforeEach(() => {
    clock = new FakeClock()
    edges = ['a', 'b'].map((uid) => ({ uid, name: `edge-${uid}`, ip: `ip of ${uid}` }))
    leads = true
    answersState = () => true
    answer = () => new Map()
    asked = []
    changed = []
    end = new AbortController()
    store = createRoutesStore(clock, (bot) => changed.push(bot))
    void createEdgesPoller({
      ...{ edges: () => edges, store: createEdgesStore(() => {}), routes: store, mayAsk: () => leads, clock },
      ask: async (edge) => (answersState(edge) ? STATE : undefined),
      askRoutes: async (edge, bots) => {
        asked.push(`${edge.uid}: ${bots.join()}`)
        return answer(edge, bots)
      },
    }).run(end.signal)
  })
  afterEach(() => end.abort())

  const runs = (epoch: number) => new Map([[BOT, epoch]])
  const told = () => store.edgesOf(BOT)!.map(({ epoch }) => epoch)

  it('asks for none while none is followed', async () => {
    await clock.pass(60_000)
    expect(asked).to.deep.equal([])
  })

  it('polls each edge until it has reported the epoch or a newer one, and then no more', async () => {
    await clock.pass(500)
    store.follow(BOT, 7)
    answer = ({ uid }) => runs(uid === 'a' ? 7 : 6)
    await clock.pass(2_000)
    expect(told()).to.deep.equal([7, 6])
    answer = () => runs(8)
    await clock.pass(60_000)
    expect(asked).to.deep.equal([`a: ${BOT}`, `b: ${BOT}`, `b: ${BOT}`, `b: ${BOT}`])
    expect(told()).to.deep.equal([7, 8])
  })

  it('reports a bot at once when the last edge has reported, and before that only when it takes long', async () => {
    await clock.pass(500)
    store.follow(BOT, 7)
    answer = ({ uid }) => runs(uid === 'a' ? 7 : 6)
    await clock.pass(2_500)
    expect(changed).to.deep.equal([])
    await clock.pass(10_000)
    expect(changed).to.deep.equal([BOT])
    answer = () => runs(7)
    await clock.pass(10_000)
    expect(changed).to.deep.equal([BOT, BOT])
  })

  it('keeps what an edge reported, even if it reports less later or no longer answers', async () => {
    store.follow(BOT, 7)
    answer = ({ uid }) => runs(uid === 'a' ? 7 : 6)
    await clock.pass(500)
    store.follow(BOT, 8)
    answer = () => runs(5)
    await clock.pass(2_000)
    answersState = () => false
    await clock.pass(10_000)
    expect(told()).to.deep.equal([7, 6])
  })

  it('forgets what was reported of a bot that is no longer followed', async () => {
    store.follow(BOT, 7)
    answer = () => runs(7)
    await clock.pass(500)
    store.follow(BOT, undefined)
    expect(told()).to.deep.equal([undefined, undefined])
  })

  for (const [what, fails] of [
    ['no question at all', () => (answersState = ({ uid }) => uid === 'a')],
    ['none for routes', () => (answer = ({ uid }) => (uid === 'a' ? runs(7) : undefined))],
  ] as const)
    it(`calls an edge silent that answers ${what} for three seconds, since its last answer, and then reports the bot`, async () => {
      answer = () => runs(7)
      await clock.pass(5_500)
      fails()
      store.follow(BOT, 7)
      await clock.pass(2_000)
      expect(store.edgesOf(BOT)!.map(({ silentSince }) => silentSince)).to.deep.equal([undefined, undefined])
      expect(changed).to.deep.equal([])
      await clock.pass(2_000)
      expect(store.edgesOf(BOT)!.map(({ silentSince }) => silentSince)).to.deep.equal([
        undefined,
        clock.wallOffset + 5_000,
      ])
      expect(changed).to.deep.equal([BOT])
      await clock.pass(60_000)
      expect(changed, 'nothing new').to.deep.equal([BOT])
    })

  it('calls no edge silent because it was not asked: another led, or the operator stood still', async () => {
    store.follow(BOT, 7)
    await clock.pass(500)
    leads = false
    await clock.pass(60_000)
    leads = true
    await clock.pass(1_000)
    clock.freeze(60_000)
    answersState = () => false
    await clock.pass(1_000)
    expect(store.edgesOf(BOT)!.map(({ silentSince }) => silentSince)).to.deep.equal([undefined, undefined])
  })

  it('knows no edges before the first look, and none that is gone', async () => {
    expect(createRoutesStore(clock, () => {}).edgesOf(BOT)).to.equal(undefined)
    store.follow(BOT, 7)
    answer = ({ uid }) => runs(uid === 'a' ? 7 : 6)
    await clock.pass(1_500)
    edges = edges.slice(0, 1)
    await clock.pass(1_000)
    expect(told()).to.deep.equal([7])
    expect(changed, 'the last that was waited for is gone').to.deep.equal([BOT])
  })

  it('asks for 5,000 bots in questions that an edge can read, some in each round, and looks at trunks in between', async () => {
    const bots = Array.from({ length: 5_000 }, (_, n) => `client-${n % 100}/bot-${n}`)
    for (const bot of bots) store.follow(bot, 7)
    answer = async (_, names) => {
      await new Promise<void>((resolve) => clock.after(50, resolve))
      return new Map(names.map((bot) => [bot, 7]))
    }
    let states = 0
    answersState = () => ++states > 0
    await clock.pass(2_000)
    expect(states, 'two edges, two rounds').to.be.within(3, 4)
    for (let second = 0; second < 30; second++) await clock.pass(1_000)
    await settle()
    expect(new Set(changed).size).to.equal(5_000)
    expect(asked.length).to.be.below(300)
  })
})
