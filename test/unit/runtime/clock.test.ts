import { expect } from 'chai'
import { pause } from '../../../src/runtime/clock.ts'
import { FakeClock, settle } from '../../harness/fake-clock.ts'

describe('a pause', () => {
  it('ends after its time and leaves no timer', async () => {
    const clock = new FakeClock()
    let ended = false
    void pause(clock, 100).then(() => (ended = true))
    await clock.pass(99)
    expect(ended).to.equal(false)
    await clock.pass(1)
    expect([ended, clock.pending]).to.deep.equal([true, 0])
  })

  it('ends at once when its signal aborts, and leaves no timer', async () => {
    const clock = new FakeClock()
    const end = new AbortController()
    let ended = false
    void pause(clock, 100, end.signal).then(() => (ended = true))
    end.abort()
    await settle()
    expect([ended, clock.pending]).to.deep.equal([true, 0])
    await pause(clock, 100, end.signal)
    expect(clock.pending).to.equal(0)
  })
})
