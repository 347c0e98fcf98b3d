import { expect } from 'chai'
import { createEdgeObstacles } from '../../../../src/operator/observe/edge-obstacles.ts'
import type { CachedPod } from '../../../../src/operator/observe/projections.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

describe('asking edges that do not start why', () => {
  let clock: FakeClock
  let end: AbortController
  let pods: Partial<CachedPod>[]
  let asked: string[]
  let told: number
  let leads: boolean
  const waiting = (name: string): Partial<CachedPod> => ({
    ...{ uid: name, name, ip: `address of ${name}` },
    ...{ running: false, terminating: false },
  })
  const start = () => {
    const obstacles = createEdgeObstacles({
      caches: { edges: { list: () => pods, size: pods.length } } as never,
      ask: ({ name }) => {
        asked.push(name)
        return Promise.resolve(name === 'mute' ? undefined : ({ obstacle: `${name} has no address` } as never))
      },
      ...{ mayAsk: () => leads, clock, onChange: () => told++ },
    })
    void obstacles.run(end.signal)
    return obstacles.list
  }

  beforeEach(() => {
    clock = new FakeClock()
    end = new AbortController()
    ;[pods, asked, told, leads] = [[waiting('b'), waiting('a')], [], 0, true]
  })
  afterEach(() => end.abort())

  it('has their words in the order of their names, and reports a change once', async () => {
    const list = start()
    expect(list(), 'before they were asked').to.equal(undefined)
    await clock.pass(30_000)
    expect(list()).to.deep.equal([
      { edge: 'a', because: 'a has no address' },
      { edge: 'b', because: 'b has no address' },
    ])
    expect(told).to.equal(1)
  })

  it('forgets an edge that runs', async () => {
    const list = start()
    await clock.pass(1_000)
    pods[0]!.running = true
    await clock.pass(6_000)
    expect(list()).to.deep.equal([{ edge: 'a', because: 'a has no address' }])
    expect(told).to.equal(2)
  })

  it('asks no edge that runs, leaves, or has no address yet, and believes silence to be no obstacle', async () => {
    const unaddressed = { ...waiting('c'), ip: undefined } as Partial<CachedPod>
    pods = [{ ...waiting('a'), running: true }, { ...waiting('b'), terminating: true }, unaddressed, waiting('mute')]
    const list = start()
    await clock.pass(1_000)
    expect(asked).to.deep.equal(['mute'])
    expect(list()).to.deep.equal([])
  })

  it('knows nothing where there are no edges, and asks nobody while another replica leads', async () => {
    pods = []
    expect(start()()).to.equal(undefined)
    ;[pods, leads] = [[waiting('a')], false]
    const list = start()
    await clock.pass(30_000)
    expect([list(), asked]).to.deep.equal([undefined, []])
  })
})
