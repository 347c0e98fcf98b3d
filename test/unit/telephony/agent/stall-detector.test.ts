import { expect } from 'chai'
import {
  defaultStallLimits,
  deferWhileRecovering,
  detectStalls,
} from '../../../../src/telephony/agent/stall-detector.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { sdp } from '../../../harness/sip-network.ts'

describe('a process that stood still', () => {
  const { stallMs, quietMs, mostMs } = defaultStallLimits
  let clock: FakeClock
  let freezes: number[]
  const rethrow = (error: unknown) => {
    throw error
  }
  const watch = () => detectStalls(clock, defaultStallLimits, (ms) => freezes.push(ms))
  beforeEach(() => {
    clock = new FakeClock()
    freezes = []
  })

  it('notices it by the gap in its clock, whether a timer wakes first or a socket', async () => {
    const one = watch()
    await clock.pass(200)
    clock.freeze(stallMs + 100)
    expect(one.isRecovering()).to.equal(true)
    expect(freezes).to.have.length(1)
    await clock.pass(quietMs)
    expect(one.isRecovering()).to.equal(false)

    clock.freeze(stallMs + 100)
    await clock.pass(0)
    expect(freezes).to.have.length(2)
    expect(one.isRecovering()).to.equal(true)
  })

  it('takes a stall that is shorter than an edge waits for none', async () => {
    const one = watch()
    await clock.pass(200)
    clock.freeze(stallMs - quietMs)
    expect(one.isRecovering()).to.equal(false)
    expect(freezes).to.deep.equal([])
  })

  it('thaws until a timer has fired twice with nothing read in between, however slowly it goes on', async () => {
    const one = watch()
    await clock.pass(200)
    clock.freeze(5_000)
    await clock.pass(0) // the first timer; now what waits is to be read, and the machine gives us no time
    clock.freeze(stallMs - quietMs)
    expect(one.isRecovering()).to.equal(true)
    one.reading()
    await clock.pass(0)
    expect(one.isRecovering()).to.equal(true)
    await clock.pass(quietMs)
    expect(one.isRecovering()).to.equal(false)
  })

  it('thaws until its buffers have been quiet for a moment, but no longer than a second on a busy pod', async () => {
    const one = watch()
    clock.freeze(5_000)
    let thawingMs = 0
    for (; one.isRecovering() && thawingMs < 10_000; thawingMs += 10) {
      one.reading()
      await clock.pass(10)
    }
    expect(thawingMs).to.be.within(mostMs - 10, mostMs + 10)
  })

  it('counts no deadline before what waited in the buffers is read', async () => {
    const one = watch()
    const times = deferWhileRecovering(clock, one, quietMs, rethrow)
    const fired: number[] = []
    times.after(1_000, () => fired.push(clock.monotonic()))
    clock.freeze(3_000)
    await clock.pass(0)
    expect(fired).to.deep.equal([])
    await clock.pass(2 * quietMs)
    expect(fired).to.have.length(1)
  })

  it('survives what a task of it throws: it is reported, and the next task runs', async () => {
    const told: unknown[] = []
    const times = deferWhileRecovering(clock, watch(), quietMs, (error) => told.push(error))
    const fails = () => {
      throw new Error('a bug')
    }
    times.after(10, fails)
    times.after(20, () => told.push('next'))
    await clock.pass(30)
    expect(told.map(String)).to.deep.equal(['Error: a bug', 'next'])
  })

  it('leaves no timer behind when it is stopped', async () => {
    const one = watch()
    const times = deferWhileRecovering(clock, one, quietMs, rethrow)
    times.after(1_000, () => {})
    times.stop()
    one.end()
    expect(times.after(1, () => expect.fail('it is stopped'))).to.be.a('function')
    await clock.pass(2_000)
    expect(clock.pending).to.equal(0)
  })
})

describe('a call that waited in the buffers of a process that stood still', () => {
  let s: Stage
  let caller: RawCaller
  beforeEach(async () => {
    s = stage('TCP')
    await s.agent('bot')
    caller = new RawCaller(s.network)
    await s.clock.pass(100)
  })
  const other = (number: number) => {
    caller.callId = `call-${number}`
    caller.toTag = undefined
    caller.number = 1
    caller.invite([], { branch: `z9hG4bKcall${number}` })
  }

  it('is not answered: it went elsewhere; the next one is', async () => {
    for (const number of [1, 2, 3]) {
      other(number)
      caller.say('CANCEL', [], { branch: `z9hG4bKcall${number}`, number: 1 })
    }
    other(4)
    s.clock.freeze(3_000)
    await s.clock.pass(300)
    expect(s.calls).to.deep.equal([])
    expect(s.network.log.filter((line) => line.includes('200 INVITE') || line.includes('180'))).to.deep.equal([])
    expect(s.network.log.filter((line) => line.includes('503 INVITE'))).to.have.length(4)
    other(5)
    await s.clock.pass(10)
    expect(s.calls).to.have.length(1)
  })

  it('is not answered either when it was read just before: whoever called has turned elsewhere', async () => {
    for (const number of [1, 2]) other(number)
    await s.clock.pass(10)
    s.clock.freeze(3_000)
    const [one, another] = s.calls
    one!.ring()
    expect(await one!.accept({ body: sdp() })).to.equal(undefined)
    expect(await another!.accept({ body: sdp() })).to.equal(undefined)
    expect([one, another].map((call) => call!.cancelled.aborted)).to.deep.equal([true, true])
    await s.clock.pass(300)
    expect(s.network.log.filter((line) => line.includes('200 INVITE') || line.includes('180'))).to.deep.equal([])
    expect(s.network.log.filter((line) => line.includes('503 INVITE'))).to.have.length(2)
  })

  it('is answered all the same when it had begun to ring: whoever called waits for that', async () => {
    other(1)
    await s.clock.pass(10)
    s.calls[0]!.ring()
    await s.clock.pass(10)
    s.clock.freeze(3_000)
    void s.calls[0]!.accept({ body: sdp() })
    await s.clock.pass(300)
    expect(s.network.log.filter((line) => line.includes('200 INVITE'))).not.to.deep.equal([])
  })

  it('while a call that lives goes on: its BYE is heard, its ACK is no day late', async () => {
    other(1)
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp() })
    await s.clock.pass(10)
    // The ACK is there before the process goes on, but the end of the 32 s of its 200 comes up first.
    s.network.latencyMs = 35_000
    caller.ack()
    s.network.latencyMs = 1
    s.clock.freeze(40_000)
    await s.clock.pass(300)
    const dialog = (await accepting)!
    expect(dialog.isEnded).to.equal(false)
    caller.say('BYE')
    s.clock.freeze(2_000)
    await s.clock.pass(300)
    expect(await dialog.ended).to.deep.equal({ cause: 'remote' })
  })
})
