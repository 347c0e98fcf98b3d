import { expect } from 'chai'
import { createEdgesStore, createEdgesPoller, type EdgePod } from '../../../../src/operator/observe/edge-poller.ts'
import { createRoutesStore } from '../../../../src/operator/observe/routes.ts'
import type { EdgeState } from '../../../../src/rules/edge-state.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

const SINCE = '2026-11-24T12:00:00.000Z'
const says = (trunk: EdgeState['trunks'][number]['state'], calls = 0): EdgeState => ({
  zone: 'zone-a',
  epoch: 1,
  trunks: [{ integration: 'lilas/cabinet', trunk: 'paris', state: trunk, since: SINCE, calls }],
  active: trunk === 'Up' ? [{ integration: 'lilas/cabinet', trunk: 'paris', since: SINCE }] : [],
  drills: [],
  marked: [],
  drilled: [],
})

describe('asking edges for their trunks', () => {
  let clock: FakeClock
  let edges: EdgePod[]
  let asked: string[]
  let changed: string[]
  let answers: (edge: EdgePod) => EdgeState | undefined
  let leads: boolean
  let end: AbortController

  beforeEach(() => {
    clock = new FakeClock()
    edges = ['a', 'b'].map((uid) => ({ uid, name: `edge-${uid}`, ip: `ip of ${uid}` }))
    asked = []
    changed = []
    answers = () => says('Up')
    leads = true
    end = new AbortController()
  })
  afterEach(() => end.abort())

  /** Of routes nothing is followed here: see routes.test.ts. */
  const rest = () => ({
    ...{ edges: () => edges, routes: createRoutesStore(clock, () => {}), clock },
    askRoutes: () => Promise.reject(new Error('nobody follows a route')),
  })
  const start = () => {
    const store = createEdgesStore((integration) => changed.push(integration))
    const ask = async (edge: EdgePod) => {
      asked.push(edge.uid)
      return answers(edge)
    }
    void createEdgesPoller({ ...rest(), store, ask, mayAsk: () => leads }).run(end.signal)
    return store
  }
  const states = (store: ReturnType<typeof start>) =>
    store.observers('lilas/cabinet')?.map(({ observations }) => observations[0]?.state)

  it('is done each second, by who leads alone', async () => {
    leads = false
    start()
    await clock.pass(5_000)
    expect(asked).to.deep.equal([])
    leads = true
    await clock.pass(5_000)
    expect(asked.filter((uid) => uid === 'a')).to.have.lengthOf(5)
  })

  it('tells nothing before it is known which edges there are', async () => {
    leads = false
    const store = start()
    await clock.pass(5_000)
    expect(states(store)).to.equal(undefined)
  })

  it('tells nothing before every edge was asked once, since a part of them would look like a change', async () => {
    let letGo = () => {}
    const store = createEdgesStore(() => {})
    const slow = new Promise<void>((resolve) => (letGo = resolve))
    const ask = async (edge: EdgePod) => {
      if (edge.uid === 'b') await slow
      return says('Up')
    }
    void createEdgesPoller({ ...rest(), store, ask, mayAsk: () => true }).run(end.signal)
    await clock.pass(500)
    expect(states(store)).to.equal(undefined)
    letGo()
    await clock.pass(500)
    expect(states(store)).to.deep.equal(['Up', 'Up'])
  })

  it('reports a change once, and calls that come and go not at all', async () => {
    const store = start()
    await clock.pass(3_000)
    changed.length = 0
    answers = () => says('Up', 7)
    await clock.pass(3_000)
    expect(changed).to.deep.equal([])
    answers = ({ uid }) => says(uid === 'a' ? 'Down' : 'Up')
    await clock.pass(3_000)
    expect(changed).to.deep.equal(['lilas/cabinet'])
    expect(states(store)).to.deep.equal(['Down', 'Up'])
  })

  it('forgives two answers that do not come, and no longer believes an edge after the third', async () => {
    const store = start()
    await clock.pass(1_500)
    answers = ({ uid }) => (uid === 'a' ? undefined : says('Up'))
    await clock.pass(2_000)
    expect(states(store)).to.deep.equal(['Up', 'Up'])
    await clock.pass(1_000)
    expect(states(store)).to.deep.equal(['Up'])
  })

  it('has the calls of each trunk by zone for drills, of those that answer, once all were asked', async () => {
    leads = false
    const board = start()
    await clock.pass(1_500)
    expect(board.witnesses('lilas/cabinet')).to.equal(undefined)
    leads = true
    answers = ({ uid }) => (uid === 'a' ? undefined : says('Up', 7))
    await clock.pass(4_000)
    expect(board.witnesses('lilas/cabinet')).to.deep.equal([
      { zone: 'zone-a', parts: [{ name: 'paris', state: 'Up', calls: 7 }] },
    ])
    expect(board.witnesses('lilas/other')).to.deep.equal([{ zone: 'zone-a', parts: [] }])
  })

  it('forgets an edge that is gone', async () => {
    const store = start()
    await clock.pass(1_500)
    edges = edges.slice(1)
    await clock.pass(1_000)
    expect(states(store)).to.deep.equal(['Up'])
    edges = []
    await clock.pass(1_000)
    expect(states(store)).to.deep.equal([])
  })
})
