import { expect } from 'chai'
import fc from 'fast-check'
import { NO_REAL_CALLS } from '../../../../src/rules/drill/real-calls.ts'
import type { Run, RunSettings, Seen, TestCall } from '../../../../src/rules/drill/run.ts'
import { judge, showTime, timingsOf } from '../../../../src/rules/drill/verdict.ts'

const settings: RunSettings = {
  ...{ mode: 'Synthetic', scenario: 'Blackhole', sharePercent: 0, holdSeconds: 10, testCalls: 6, zones: ['a', 'b'] },
  returnsInTime: true,
  limits: { detectMilliseconds: 5000, switchMilliseconds: 10_000, returnSeconds: 30, realCalls: 1_000 },
  abort: { failedCallsPercent: 1, backupFailures: 2, unansweredPercent: 10 },
}
const run: Run = {
  state: 'Verified',
  term: 1,
  at: { Injected: 100_000, Restoring: 120_000 },
  specDigest: '',
  routesDigest: '',
}
const call = (zone: string, route: TestCall['route'], begun: number, good = true): TestCall => ({
  ...{ zone, route, begun, good, answered: good ? begun + 100 : undefined },
  during: begun < 120_000 ? 'Holding' : 'Restoring',
})
const good = [call('a', 'Backup', 102_000), call('b', 'Backup', 103_000), call('a', 'Backup', 110_000)]
const back = [call('a', 'Primary', 127_000), call('b', 'Primary', 128_000)]
const seen = (given: Partial<Pick<Seen, 'calls'>> & { detected?: (number | undefined)[]; answered?: number } = {}) =>
  ({
    calls: given.calls ?? [...good, ...back],
    lanes: (given.detected ?? [1300, 1200]).map((detectedAfter) => ({
      zone: 'a',
      lane: 'Down',
      detectedAfter,
      isHeld: false,
    })),
    real: { ...NO_REAL_CALLS, answered: given.answered ?? 0 },
    now: 130_000,
  }) as unknown as Seen
const verdict = (given: Parameters<typeof seen>[0] = {}) => Object.values(judge(run, settings, seen(given))).join(' ')

describe('the times of a drill', () => {
  it('are those of the slowest edge and of the zone that waited longest, and say how uncertain they are', () => {
    const timings = timingsOf(run, settings, seen())
    expect(timings).to.deep.equal({
      detect: { least: 300, most: 1300 },
      switch: { least: 2100, most: 3100 },
      hold: { least: 19_000, most: 20_000 },
      return: { least: 7100, most: 8100 },
    })
    expect([showTime(timings.detect), showTime(timings.return), showTime(undefined)]).to.deep.equal([
      '1.3s',
      '8.1s',
      undefined,
    ])
  })

  it('are unknown while one zone has not seen them', () => {
    const { detect, switch: switched } = timingsOf(
      run,
      settings,
      seen({ detected: [1300, undefined], calls: [call('a', 'Backup', 101_000)] }),
    )
    expect([detect, switched]).to.deep.equal([undefined, undefined])
  })
})

describe('the verdict', () => {
  it('is Passed within all limits', () => expect(verdict()).to.equal('Passed DrillPassed'))

  it('is Failed beyond a limit, however uncertain the time is', () => {
    expect(verdict({ detected: [6001, 100] })).to.equal('Failed TooSlow')
    expect(
      verdict({ calls: [call('a', 'Backup', 111_000), call('a', 'Backup', 112_000), good[1]!, ...back] }),
    ).to.equal('Failed TooSlow')
  })

  it('is Inconclusive when the limit lies within the uncertainty, or too few calls were good', () => {
    expect(
      verdict({ calls: [call('a', 'Backup', 109_950), call('a', 'Backup', 110_000), good[1]!, ...back] }),
    ).to.equal('Inconclusive TooSlow')
    expect(verdict({ detected: [5001, 100] })).to.equal('Inconclusive TooSlow')
    expect(verdict({ calls: [good[0]!, good[1]!, ...back] })).to.equal('Inconclusive TooFewCalls')
  })

  it('is Inconclusive when a time was never measured, whichever it is: nobody can say that it was short', () => {
    expect(verdict({ detected: [1300, undefined] }), 'one edge never reported the fault').to.equal(
      'Inconclusive TooSlow',
    )
    const ofOneZone = good.map((each) => ({ ...each, zone: 'a' }))
    expect(verdict({ calls: [...ofOneZone, ...back] }), 'zone b never reached the backup').to.equal(
      'Inconclusive TooSlow',
    )
    expect(verdict({ calls: [...good, back[0]!] }), 'zone b never came back').to.equal('Inconclusive TooSlow')
  })

  it('counts no call that the primary took during the fault', () => {
    expect(verdict({ calls: [good[0]!, good[1]!, call('a', 'Primary', 110_000), ...back] })).to.equal(
      'Inconclusive TooFewCalls',
    )
  })

  it('never passes with a call that was not good in place of one that was', () => {
    const calls = fc.array(
      fc.record({
        zone: fc.constantFrom('a', 'b'),
        route: fc.constantFrom('Primary' as const, 'Backup' as const),
        begun: fc.integer({ min: 100_000, max: 150_000 }),
        good: fc.boolean(),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(calls, (all) => {
        const placed = all.map((each) => call(each.zone, each.route, each.begun, each.good))
        if (!verdict({ calls: placed }).startsWith('Passed')) return
        for (const zone of ['a', 'b']) {
          expect(placed.some((each) => each.zone === zone && each.route === 'Backup' && each.good)).to.equal(true)
          expect(
            placed.some((each) => each.zone === zone && each.route === 'Primary' && each.good && each.begun >= 120_000),
          ).to.equal(true)
        }
      }),
    )
  })
})
