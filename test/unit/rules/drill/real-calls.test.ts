import { expect } from 'chai'
import fc from 'fast-check'
import { advance, wantedIn } from '../../../../src/rules/drill/machine.ts'
import {
  failedPercent,
  NO_REAL_CALLS,
  sumOf,
  unansweredPercent,
  type RealCalls,
} from '../../../../src/rules/drill/real-calls.ts'
import type { Run, Seen, TestCall } from '../../../../src/rules/drill/run.ts'
import { settingsOf } from '../../../../src/rules/drill/settings.ts'
import { judge } from '../../../../src/rules/drill/verdict.ts'

type Fields = Parameters<typeof settingsOf>[0]
const settings = (fields: Partial<Fields> = {}) =>
  settingsOf({ side: 'SIP', scenario: 'Blackhole', mode: 'Full', ...fields }, { zones: ['a'], returnsAfterSeconds: 5 })

const run = (state: Run['state']): Run => ({
  ...{ state, term: 1, specDigest: 's', routesDigest: 'r' },
  at: { Injected: 1_000, Detected: 2_000, Holding: 3_000, Restoring: 30_000, [state]: 3_000 },
})
const calls = (['Detected', 'Restoring'] as const).flatMap((during) =>
  [1, 2, 3].map((at): TestCall => {
    const begun = during === 'Detected' ? 2_000 : 31_000
    return {
      ...{ route: during === 'Detected' ? 'Backup' : 'Primary', zone: 'a', during, good: true },
      ...{ begun: begun + at, answered: begun + at + 50 },
    }
  }),
)
const seen = (real: Partial<RealCalls>): Seen => ({
  ...{ now: 4_000, term: 1, desired: 'Run', killSwitch: 'Off', specDigest: 's', routesDigest: 'r' },
  ...{ isRollingOut: false, lostZones: [], isIncident: false, checks: [], lease: 'Granted', calls },
  lanes: [{ zone: 'a', lane: 'Down', detectedAfter: 1_000, isHeld: false }],
  real: { ...NO_REAL_CALLS, ...real },
})
const end = (fields: Partial<Fields>, real: Partial<RealCalls>) => {
  const ended = advance(run('Holding'), settings(fields), seen(real))?.end
  return ended && `${ended.verdict} ${ended.reason}`
}

describe('the real calls of a drill', () => {
  it('are those of all edges together', () => {
    const one = { met: 3, answered: 2, unanswered: 1, rescued: 1, spared: 4 }
    expect(sumOf([one, one])).to.deep.equal({ met: 6, answered: 4, unanswered: 2, rescued: 2, spared: 8 })
    expect(sumOf([])).to.deep.equal(NO_REAL_CALLS)
  })

  it('fail by a percentage from 0 to 100, and by 0 when there are none', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (met, some) => {
        const rescued = Math.min(some, met)
        const failed = failedPercent({ ...NO_REAL_CALLS, met, rescued })
        return failed >= 0 && failed <= 100 && (met > 0 || failed === 0)
      }),
    )
    expect(unansweredPercent({ ...NO_REAL_CALLS, answered: 3, unanswered: 1 })).to.equal(25)
  })

  it('have a share in state Holding alone, after good test calls in each zone', () => {
    const share = (state: Run['state'], fields?: Partial<Fields>) =>
      wantedIn(run(state), settings(fields), seen({})).lane?.sharePercent ?? 0
    for (const state of ['Pending', 'Baseline', 'Injected', 'Detected', 'Restoring', 'Verified', 'Ended'] as const)
      expect(share(state), state).to.equal(0)
    expect(share('Holding')).to.equal(100)
    expect(share('Holding', { mode: 'Share', sharePercent: 7 })).to.equal(7)
    expect(share('Holding', { mode: 'Synthetic' })).to.equal(0)
  })

  it('are bounded by limits.realCalls, and at 0 by nothing that an edge reaches', () => {
    const most = (realCalls?: number) =>
      wantedIn(run('Holding'), settings({ limits: { realCalls } }), seen({})).lane!.mostRealCalls
    expect(most(12)).to.equal(12)
    for (const none of [0, undefined]) expect(most(none)).to.be.greaterThan(1_000_000)
  })

  it('end the drill when more of them fail than it allows, which is none by default', () => {
    expect(end({}, { met: 50, answered: 50 })).to.equal(undefined)
    expect(end({}, { met: 50, answered: 49, rescued: 1 })).to.equal('Aborted RealCallsFail')
    const allowed = { abort: { failedCallsPercent: 2 } }
    expect(end(allowed, { met: 50, answered: 49, rescued: 1 })).to.equal(undefined)
    expect(end(allowed, { met: 50, answered: 48, rescued: 2 })).to.equal('Aborted RealCallsFail')
  })

  it('end the drill when more of them ring in an empty room than it allows', () => {
    expect(end({}, { met: 5, answered: 4, unanswered: 1 })).to.equal(undefined)
    expect(end({}, { met: 5, answered: 3, unanswered: 2 })).to.equal('Aborted RealCallsFail')
    expect(end({ abort: { unansweredPercent: 50 } }, { met: 5, answered: 3, unanswered: 2 })).to.equal(undefined)
  })

  it('have to be: a drill of them that met none is Inconclusive', () => {
    const verdict = (fields: Partial<Fields>, real: Partial<RealCalls>) =>
      Object.values(judge(run('Verified'), settings(fields), seen(real))).join(' ')
    expect(verdict({}, {})).to.equal('Inconclusive NoRealCalls')
    expect(verdict({}, { met: 1, answered: 1 })).to.equal('Passed DrillPassed')
    expect(verdict({ mode: 'Synthetic' }, {})).to.equal('Passed DrillPassed')
  })
})
