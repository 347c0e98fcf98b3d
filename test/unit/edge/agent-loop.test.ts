import { expect } from 'chai'
import type { Agent, ClusterState } from '../../../src/edge/agent.ts'
import { startAgentLoop } from '../../../src/edge/agent-loop.ts'
import { silent } from '../../../src/runtime/log.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

/** Cycles take 100 ms; what they were given is written down. */
function stage() {
  const clock = new FakeClock()
  const cycles: { at: number; seen: ClusterState | undefined }[] = []
  const state = { isBehind: false, fails: false, running: 0 }
  const agent: Pick<Agent, 'cycle' | 'isBehind'> = {
    isBehind: () => state.isBehind,
    async cycle(seen) {
      expect(++state.running, 'cycles at once').to.equal(1)
      cycles.push({ at: clock.monotonic(), seen })
      await new Promise<void>((resolve) => clock.after(100, resolve))
      state.running--
      if (state.fails) throw new Error('disk full')
    },
  }
  const stop = new AbortController()
  const step = startAgentLoop({ agent: agent as Agent, log: silent, clock, signal: stop.signal })
  return { clock, cycles, state, step, stop, times: () => cycles.map(({ at }) => at) }
}

const seen = (zone: string): ClusterState => ({
  routes: [],
  trunks: [],
  addresses: new Map(),
  secrets: new Map(),
  grants: [],
  egress: undefined,
  slices: [],
  testCallers: [],
  zone,
})

describe('the cycles of an edge agent', () => {
  it('begin without the API server: what was known before is loaded', async () => {
    const { clock, cycles } = stage()
    await clock.pass(1_000)
    expect(cycles).to.deep.equal([{ at: 50, seen: undefined }])
  })

  it('take a swarm of changes at once', async () => {
    const { clock, step, cycles } = stage()
    await clock.pass(1_000)
    step.follow(() => seen('zone-a'))
    for (let change = 0; change < 100; change++) step.wake()
    await clock.pass(1_000)
    expect(cycles.slice(1)).to.deep.equal([{ at: 1_050, seen: seen('zone-a') }])
  })

  it('run one at a time, and once more for what changed meanwhile', async () => {
    const { clock, step, times } = stage()
    await clock.pass(60)
    step.wake()
    step.wake()
    await clock.pass(1_000)
    expect(times()).to.deep.equal([50, 200])
  })

  it('come again while the proxy is behind, until it is not', async () => {
    const { clock, state, times } = stage()
    state.isBehind = true
    await clock.pass(1_300)
    state.isBehind = false
    await clock.pass(5_000)
    expect(times()).to.deep.equal([50, 650, 1_250])
  })

  it('let no change wait for the next try', async () => {
    const { clock, state, step, times } = stage()
    state.isBehind = true
    await clock.pass(200)
    step.wake()
    await clock.pass(100)
    expect(times()).to.deep.equal([50, 250])
  })

  it('survive a failure and try again', async () => {
    const { clock, state, times } = stage()
    state.fails = true
    await clock.pass(200)
    state.fails = false
    await clock.pass(2_000)
    expect(times()).to.deep.equal([50, 650])
  })

  it('end when they are stopped', async () => {
    const { clock, step, stop, times } = stage()
    stop.abort()
    step.wake()
    await clock.pass(5_000)
    expect(times()).to.deep.equal([])
  })
})
