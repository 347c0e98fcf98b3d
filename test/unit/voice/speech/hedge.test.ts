import { expect } from 'chai'
import { hedge, type HedgedRequest } from '../../../../src/voice/speech/hedge.ts'
import { FakeClock, settle } from '../../../harness/fake-clock.ts'

/** A way that answers, or fails, after some time. */
function way(
  clock: FakeClock,
  o: { after: number; answer?: string; patienceMs?: number },
  log: string[] = [],
): HedgedRequest<string> {
  return {
    patienceMs: o.patienceMs ?? 1_000,
    ask: (signal) =>
      new Promise((resolve, reject) => {
        log.push(`asked at ${clock.monotonic()}`)
        signal.addEventListener('abort', () => log.push(`called off at ${clock.monotonic()}`))
        clock.after(o.after, () => (o.answer === undefined ? reject(new Error('no')) : resolve(o.answer)))
      }),
  }
}

const never = new AbortController().signal

describe('providers that are asked in order', () => {
  let clock: FakeClock
  beforeEach(() => (clock = new FakeClock()))

  it('are not asked as long as the first answers in time', async () => {
    const log: string[] = []
    const asking = hedge(
      [way(clock, { after: 900, answer: 'first' }), way(clock, { after: 0, answer: 'second' }, log)],
      clock,
      never,
    )
    await clock.pass(900)
    expect(await asking).to.equal('first')
    expect(log).to.deep.equal([])
    expect(clock.pending, 'timers that are left').to.equal(0)
  })

  it('are asked one after the other at once when they fail', async () => {
    const asking = hedge(
      [way(clock, { after: 10 }), way(clock, { after: 10 }), way(clock, { after: 10, answer: 'third' })],
      clock,
      never,
    )
    await clock.pass(30)
    expect(await asking).to.equal('third')
  })

  it('are asked as well when the one before is slow, and whoever answers first wins', async () => {
    const first: string[] = []
    const slow = way(clock, { after: 1_500, answer: 'first' }, first)
    const asking = hedge([slow, way(clock, { after: 100, answer: 'second' })], clock, never)
    await clock.pass(1_100)
    expect(await asking).to.equal('second')
    expect(first).to.deep.equal(['asked at 0', 'called off at 1100'])
    const other = hedge(
      [way(clock, { after: 1_500, answer: 'first' }), way(clock, { after: 900, answer: 'second' })],
      clock,
      never,
    )
    await clock.pass(1_500)
    expect(await other).to.equal('first')
  })

  it('are waited for without end when there is no other to ask', async () => {
    const asking = hedge([way(clock, { after: 60_000, answer: 'late', patienceMs: 100 })], clock, never)
    await clock.pass(60_000)
    expect(await asking).to.equal('late')
  })

  it('fail together with the last fault', async () => {
    const asking = hedge([way(clock, { after: 10 }), way(clock, { after: 10 })], clock, never)
    asking.catch(() => undefined)
    await clock.pass(20)
    expect(await asking.catch((error: unknown) => String(error))).to.equal('Error: no')
  })

  it('are called off with the caller', async () => {
    const log: string[] = []
    const caller = new AbortController()
    const asking = hedge([way(clock, { after: 500, answer: 'x' }, log)], clock, caller.signal)
    asking.catch(() => undefined)
    await settle()
    caller.abort(new Error('hung up'))
    expect(await asking.catch((error: unknown) => String(error))).to.equal('Error: hung up')
    expect(log).to.have.length(2)
  })
})
