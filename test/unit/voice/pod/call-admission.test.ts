import { expect } from 'chai'
import { RELAY_SECONDS } from '../../../../src/rules/termination-grace-period.ts'
import { createCalls } from '../../../../src/voice/pod/call-admission.ts'
import type { CallInput } from '../../../../src/voice/call/types.ts'
import type { CallSession, Ended } from '../../../../src/voice/session/call-session.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

interface Caller {
  heard: CallInput[]
  end(outcome?: Ended['outcome']): void
}

function open(places = 2) {
  const clock = new FakeClock()
  const callers: Caller[] = []
  const calls = createCalls({ places, clock, onTaken: () => {} })
  const session = (): CallSession => {
    const { promise, resolve } = Promise.withResolvers<Ended>()
    const heard: CallInput[] = []
    callers.push({ heard, end: (outcome = 'hung-up') => resolve({ outcome, reason: 'none', wasAnswered: true }) })
    return { ended: promise, handle: (input) => void heard.push(input) }
  }
  const call = (count = 1) => Array.from({ length: count }).forEach(() => calls.take(session()))
  const leave = (deadlineMs: number) => {
    let left = false
    void calls.leave(deadlineMs).then(() => (left = true))
    return () => left
  }
  return { clock, calls, callers, call, leave }
}

describe('the calls of a pod', () => {
  it('are as many as it has places, and a place is free again as soon as a call has ended', async () => {
    const { calls, call, callers, clock } = open(2)
    call(2)
    expect(calls).to.include({ live: 2, isFull: true })
    callers[0]!.end()
    await clock.pass(0)
    expect(calls).to.include({ live: 1, isFull: false })
  })

  it('are all ended when a pod that leaves has gone, and it goes as soon as the last one has', async () => {
    const { clock, callers, call, leave } = open()
    call(2)
    const left = leave(60_000)
    callers[0]!.end()
    await clock.pass(30_000)
    expect(left()).to.equal(false)
    callers[1]!.end()
    await clock.pass(0)
    expect(left()).to.equal(true)
    expect(callers.flatMap(({ heard }) => heard)).to.deep.equal([])
  })

  it('hold up no pod that has none', async () => {
    const { clock, leave } = open()
    const left = leave(3_600_000)
    await clock.pass(0)
    expect(left()).to.equal(true)
  })

  it('go to the emergency number at the deadline, each of them once, and are not cut', async () => {
    const { clock, callers, call, leave } = open()
    call(2)
    const left = leave(60_000)
    await clock.pass(59_999)
    expect(callers.flatMap(({ heard }) => heard)).to.deep.equal([])
    await clock.pass(1)
    const trouble = { type: 'Trouble', cause: 'BotFailure', reason: 'draining' }
    expect(callers.map(({ heard }) => heard)).to.deep.equal([[trouble], [trouble]])
    await clock.pass((RELAY_SECONDS - 1) * 1_000)
    expect(left()).to.equal(false)
    callers.forEach(({ end }) => end('emergency'))
    await clock.pass(0)
    expect(left()).to.equal(true)
    expect(callers.map(({ heard }) => heard.length)).to.deep.equal([1, 1])
  })

  it('go there at once with a deadline of 0', async () => {
    const { clock, callers, call, leave } = open()
    call()
    leave(0)
    await clock.pass(0)
    expect(callers[0]!.heard).to.have.lengthOf(1)
  })

  it('keep a pod for an hour beyond its deadline at most', async () => {
    const { clock, call, leave } = open()
    call()
    const left = leave(1_000)
    await clock.pass(1_000)
    await clock.pass(RELAY_SECONDS * 1_000)
    expect(left()).to.equal(true)
  })
})
