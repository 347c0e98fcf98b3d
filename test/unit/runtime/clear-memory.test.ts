import { expect } from 'chai'
import { createMemoryClearing } from '../../../src/runtime/clear-memory.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

describe('the memory of a program after calls', () => {
  const stage = () => {
    const clock = new FakeClock()
    const state = { live: 0, collectedAt: [] as number[] }
    const collect = () => void state.collectedAt.push(clock.monotonic())
    return { clock, state, clearing: createMemoryClearing({ clock, isIdle: () => state.live === 0, collect }) }
  }

  it('is cleared within a second of the last call, and three times more within a minute', async () => {
    const { clock, state, clearing } = stage()
    clearing.ended()
    await clock.pass(60_000)
    expect(state.collectedAt).to.deep.equal([1_000, 10_000, 40_000, 55_000])
  })

  it('is not cleared while somebody is on the telephone, but after that', async () => {
    const { clock, state, clearing } = stage()
    state.live = 1
    clearing.ended()
    await clock.pass(50_000)
    expect(state.collectedAt).to.deep.equal([])
    state.live = 0
    clearing.ended()
    await clock.pass(1_000)
    expect(state.collectedAt).to.deep.equal([51_000])
  })

  it('is left alone when no call has ended, and when the program ends', async () => {
    const { clock, state, clearing } = stage()
    await clock.pass(60_000)
    clearing.ended()
    clearing.close()
    await clock.pass(60_000)
    expect(state.collectedAt).to.deep.equal([])
    expect(clock.pending).to.equal(0)
  })
})
