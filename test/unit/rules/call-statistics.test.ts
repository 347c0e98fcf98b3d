import { expect } from 'chai'
import fc from 'fast-check'
import {
  pollIntervalSeconds,
  HISTORY_MS,
  isBusy,
  isSameStatus,
  statusIntervalSeconds,
  summariseCalls,
  withEnded,
  type PodState,
} from '../../../src/rules/call-statistics.ts'
import { aPodState, NOON, SECOND } from '../../harness/builders.ts'

const told = (...pods: Partial<PodState>[]) => summariseCalls(pods.map(aPodState), [])

describe('the calls of a bot', () => {
  it('are the sums over its pods, and the newest call is the newest of any', () => {
    const facts = told(
      { calls: 2, answered: 10, failed: 1, lastCallAt: NOON },
      { calls: 1, answered: 5, failed: 0, lastCallAt: NOON - SECOND },
      { calls: 0, answered: 0, failed: 0, lastCallAt: undefined },
    )
    expect(facts).to.include({ reporting: 3, calls: 3, answered: 15, failed: 1, lastCallAt: NOON })
  })

  it('have the places of those pods that take new ones', () => {
    expect(told({ places: 20, calls: 7 }, { places: 30, draining: true, calls: 4 })).to.include({
      places: 20,
      free: 13,
    })
    expect(told({}).places).to.equal(undefined)
  })

  it('are answered as fast as on the slowest pod, in two digits', () => {
    const p95 = (...times: (number | undefined)[]) =>
      told(...times.map((answerMillisecondsP95) => ({ answerMillisecondsP95 }))).p95Milliseconds
    expect(p95(7, undefined, 9)).to.equal(9)
    expect(p95(12, 18)).to.equal(18)
    expect(p95(181)).to.equal(190)
    expect(p95(1234)).to.equal(1300)
    expect(p95(0)).to.equal(0)
    expect(p95(undefined)).to.equal(undefined)
  })

  it('say nothing of speech before a pod has needed it', () => {
    expect(told({}, {}).speech).to.equal(undefined)
    expect(told({}, { asr: { state: 'Ready', because: '' } }).speech).to.equal('Ready')
  })

  it('name the side that fails, on how many pods, and why', () => {
    const down = { state: 'Failing', because: '503 overloaded' } as const
    expect(told({ tts: down }, { asr: { state: 'Ready', because: '' } }, { tts: down }).speech).to.deep.equal({
      what: 'tts',
      pods: 2,
      because: '503 overloaded',
    })
  })

  it('pass on what is wrong with a dialog file', () => {
    const flowProblem = { path: 'steps[0].ask', message: 'add a field' }
    expect(told({}, { flowProblem }).flowProblem).to.deep.equal(flowProblem)
  })
})

describe('failing calls', () => {
  const after = (answered: number, failed: number) =>
    summariseCalls([], withEnded([], aPodState({}), aPodState({ answered, failed }), NOON)).failing

  it('are three or more, and more than one in twenty', () => {
    expect(after(0, 2)).to.be.false
    expect(after(0, 3)).to.be.true
    expect(after(59, 3)).to.be.true
    expect(after(60, 3)).to.be.false
  })

  it('are forgotten ten minutes after the last', () => {
    const history = withEnded([], aPodState({}), aPodState({ failed: 3 }), NOON)
    expect(withEnded(history, undefined, undefined, NOON + HISTORY_MS - 1)).to.have.lengthOf(1)
    expect(withEnded(history, undefined, undefined, NOON + HISTORY_MS)).to.deep.equal([])
  })

  it('are not those of before a pod was seen first, nor negative after a pod restarted', () => {
    expect(withEnded([], undefined, aPodState({ failed: 50 }), NOON)).to.deep.equal([])
    expect(withEnded([], aPodState({ failed: 50 }), aPodState({ failed: 1 }), NOON)).to.deep.equal([])
  })

  it('take little memory however many they are: one entry for half a minute', () => {
    let history = withEnded([], undefined, undefined, NOON)
    for (let second = 0; second < 3600; second++) {
      const before = aPodState({ answered: second })
      history = withEnded(history, before, aPodState({ answered: second + 1 }), NOON + second * SECOND)
    }
    expect(history.length).to.be.at.most(HISTORY_MS / 30_000 + 1)
  })
})

describe('when a pod is asked', () => {
  const counts = { busy: 3, idle: 3, silent: 3 }

  it('is every 2 s while it has calls or had one within a minute, and every 5 s otherwise', () => {
    expect(isBusy(aPodState({ calls: 1 }), NOON)).to.be.true
    expect(isBusy(aPodState({ lastCallAt: NOON - 59 * SECOND }), NOON)).to.be.true
    expect(isBusy(aPodState({ lastCallAt: NOON - 61 * SECOND }), NOON)).to.be.false
    expect(pollIntervalSeconds({ busy: true, failures: 0 }, counts, 0.5)).to.be.closeTo(2, 1e-9)
    expect(pollIntervalSeconds({ busy: false, failures: 0 }, counts, 0.5)).to.be.closeTo(5, 1e-9)
  })

  it('comes less and less often while it does not answer, but at least once in a minute or so', () => {
    const waits = [1, 2, 3, 4, 5, 6, 20].map((failures) => pollIntervalSeconds({ busy: false, failures }, counts, 0.5))
    expect(waits).to.deep.equal(waits.toSorted((a, b) => a - b))
    expect(waits.at(-1)).to.be.closeTo(60, 1e-9)
  })

  it('keeps all pods together under 60 questions in a second to some thousands, and under 125 at 10,000', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), fc.nat(20_000), (living, most, silent) => {
        const busy = Math.min(living, most)
        const all = { busy, idle: living - busy, silent }
        const rate =
          all.busy / pollIntervalSeconds({ busy: true, failures: 0 }, all, 0) +
          all.idle / pollIntervalSeconds({ busy: false, failures: 0 }, all, 0) +
          silent / pollIntervalSeconds({ busy: false, failures: 9 }, all, 0)
        expect(rate).to.be.below(living <= 3_000 ? 60 : 125)
      }),
    )
  })

  it('is at least every two minutes or so for a busy pod and every three for an idle one, however many they are', () => {
    const many = { busy: 100_000, idle: 100_000, silent: 100_000 }
    expect(pollIntervalSeconds({ busy: true, failures: 0 }, many, 0.5)).to.be.closeTo(120, 1e-9)
    expect(pollIntervalSeconds({ busy: false, failures: 0 }, many, 0.5)).to.be.closeTo(180, 1e-9)
  })

  it('does not depend on dead pods: thousands of them make no living one wait', () => {
    const many = { ...counts, silent: 20_000 }
    expect(pollIntervalSeconds({ busy: false, failures: 0 }, many, 0.5)).to.be.closeTo(5, 1e-9)
  })
})

describe('what the status shows of calls', () => {
  it('changes every 5 s at most for a bot, and 20 times in a second at most for all', () => {
    expect(statusIntervalSeconds(1)).to.equal(5)
    fc.assert(fc.property(fc.nat(50_000), (bots) => bots / statusIntervalSeconds(bots) <= 20))
  })

  it('is written again only when a person would see a difference', () => {
    expect(isSameStatus(told({ calls: 1 }), told({ calls: 1 }))).to.be.true
    expect(isSameStatus(told({ calls: 1, refused: 1 }), told({ calls: 1, refused: 9 }))).to.be.true
    expect(isSameStatus(told({ calls: 1 }), told({ calls: 2 }))).to.be.false
    expect(isSameStatus(undefined, told({}))).to.be.false
  })
})
