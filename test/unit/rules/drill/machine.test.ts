import { expect } from 'chai'
import type { Scenario } from '../../../../src/api/drill-run.ts'
import { advance, wantedIn } from '../../../../src/rules/drill/machine.ts'
import { NO_REAL_CALLS } from '../../../../src/rules/drill/real-calls.ts'
import type { LaneSighting, Run, RunSettings, Seen, TestCall } from '../../../../src/rules/drill/run.ts'

const settings: RunSettings = {
  ...{ mode: 'Synthetic', scenario: 'Blackhole', sharePercent: 0, holdSeconds: 10, testCalls: 6, zones: ['a', 'b'] },
  returnsInTime: true,
  limits: { detectMilliseconds: 5000, switchMilliseconds: 10_000, returnSeconds: 30, realCalls: 1_000 },
  abort: { failedCallsPercent: 1, backupFailures: 2, unansweredPercent: 10 },
}
const BEGUN = 1_000
const run = (state: Run['state']): Run => ({
  ...{ state, term: 1, specDigest: 's', routesDigest: 'r' },
  at: { [state]: BEGUN },
})
const call = (zone: string, during: Run['state'], route: TestCall['route'], good = true): TestCall => ({
  ...{ zone, during, route, good, begun: BEGUN, answered: good ? BEGUN + 50 : undefined },
})
const lane = (zone: string, is: LaneSighting['lane'], isHeld = false): LaneSighting => ({
  ...{ zone, lane: is, isHeld, detectedAfter: is === 'Down' ? 500 : undefined },
})
const calm: Seen = {
  ...{ now: BEGUN + 1_000, term: 1, desired: 'Run', killSwitch: 'Off', specDigest: 's', routesDigest: 'r' },
  ...{ isRollingOut: false, lostZones: [], isIncident: false, checks: [], lease: 'Granted', lanes: [], calls: [] },
  real: NO_REAL_CALLS,
}
/** The state that follows, or how the drill ended; undefined: it stays as it is. */
const next = (state: Run['state'], changes: Partial<Seen>) => {
  const after = advance(run(state), settings, { ...calm, ...changes })
  return after?.end === undefined || after.state === 'Verified'
    ? after?.state
    : `${after.end.verdict} ${after.end.reason}`
}
const times = (count: number, ...of: Parameters<typeof call>) => Array.from({ length: count }, () => call(...of))

describe('a drill in state Baseline', () => {
  const proved = ['a', 'b'].flatMap((zone) => [call(zone, 'Baseline', 'Primary'), call(zone, 'Baseline', 'Backup')])

  it('goes on when primary and backup have answered a test of each zone', () => {
    expect(next('Baseline', { calls: proved })).to.equal('Injected')
    for (const missing of proved)
      expect(next('Baseline', { calls: proved.filter((each) => each !== missing) })).to.equal(undefined)
  })

  it('fails when one test is bad, whatever the others are, and when two minutes have passed', () => {
    expect(next('Baseline', { calls: [...proved, call('a', 'Baseline', 'Backup', false)] })).to.equal(
      'Failed BaselineFailed',
    )
    expect(next('Baseline', { now: BEGUN + 120_000 })).to.equal(undefined)
    expect(next('Baseline', { now: BEGUN + 120_001 })).to.equal('Failed BaselineFailed')
  })

  it('is skipped when the backup has too few places, before anything is simulated', () => {
    const check = { name: 'CapacitySuffices', reason: 'DrillPossible', message: '' } as const
    expect(next('Baseline', { calls: proved, checks: [{ ...check, result: 'Failed' }] })).to.equal(
      'Skipped CapacityTooSmall',
    )
    expect(next('Baseline', { calls: proved, checks: [{ ...check, result: 'Unknown' }] })).to.equal('Injected')
  })
})

describe('a drill in state Injected', () => {
  it('is detected when every edge of every zone has found the fault', () => {
    expect(next('Injected', { lanes: [lane('a', 'Down'), lane('b', 'Down')] })).to.equal('Detected')
    expect(next('Injected', { lanes: [lane('a', 'Down'), lane('b', 'Up')] }), 'one zone').to.equal(undefined)
    expect(next('Injected', { lanes: [lane('a', 'Down')] }), 'a zone that says nothing').to.equal(undefined)
    const oneOfTwo = [lane('a', 'Down'), lane('a', 'Up'), lane('b', 'Down')]
    expect(next('Injected', { lanes: oneOfTwo }), 'one edge of two').to.equal(undefined)
  })
})

describe('a drill in state Detected', () => {
  it('goes on when three tests of each zone were good over the backup', () => {
    const good = [...times(3, 'a', 'Detected', 'Backup'), ...times(3, 'b', 'Detected', 'Backup')]
    expect(next('Detected', { calls: good })).to.equal('Holding')
    expect(next('Detected', { calls: good.slice(0, 3) }), 'one zone').to.equal(undefined)
    expect(next('Detected', { calls: good.slice(1) }), 'two tests of a zone').to.equal(undefined)
  })
})

describe('a drill in state Restoring', () => {
  const calls = [call('a', 'Restoring', 'Primary'), call('b', 'Restoring', 'Primary')]
  const lanes = [lane('a', 'Up'), lane('b', 'Down', true)]

  it('is verified when the primary is back at every edge of every zone, or held back from calls, and took a test of each', () => {
    expect(next('Restoring', { calls, lanes })).to.equal('Verified')
    expect(next('Restoring', { calls, lanes: [lane('a', 'Up'), lane('b', 'Down')] }), 'one zone').to.equal(undefined)
    expect(next('Restoring', { calls, lanes: [...lanes, lane('a', 'Down')] }), 'one edge').to.equal(undefined)
    expect(next('Restoring', { calls: calls.slice(1), lanes }), 'no test of a zone').to.equal(undefined)
  })

  it('fails when the routes are others than before', () => {
    expect(next('Restoring', { calls, lanes, routesDigest: 'others' })).to.equal('Failed RoutesDiffer')
  })
})

describe('the test calls of a drill', () => {
  const placed = (state: Run['state'], changes: Partial<RunSettings> = {}) =>
    wantedIn(run(state), { ...settings, ...changes }, calm).calls

  it('go to the backup at once while there is a fault, one of each zone, then three, then all', () => {
    const atOnce = { route: 'Backup', waitForRoute: false }
    expect(placed('Injected')).to.deep.equal({ ...atOnce, inEachZone: 1 })
    expect(placed('Detected')).to.deep.equal({ ...atOnce, inEachZone: 3 })
    expect(placed('Holding', { testCalls: 9 })).to.deep.equal({ ...atOnce, inEachZone: 5 })
  })

  it('wait for the route before and after the fault, but not for a failback that a person decides', () => {
    expect(placed('Baseline')).to.deep.equal({ route: 'Backup', inEachZone: 1, waitForRoute: true })
    expect(placed('Restoring')).to.deep.equal({ route: 'Primary', inEachZone: 1, waitForRoute: true })
    expect(placed('Restoring', { returnsInTime: false })).to.include({ waitForRoute: false })
  })
})

describe('the fault that a drill simulates', () => {
  const fault = (state: Run['state'], scenario: Scenario) =>
    wantedIn(run(state), { ...settings, scenario }, calm).lane?.fault

  it('is that of its scenario, from Injected to Holding, and none afterwards', () => {
    for (const scenario of ['Blackhole', 'Refuse', 'Disconnect'] as const) {
      for (const state of ['Injected', 'Detected', 'Holding'] as const)
        expect(fault(state, scenario)).to.equal(scenario)
      expect(fault('Restoring', scenario)).to.equal('None')
      expect(fault('Verified', scenario)).to.equal(undefined)
    }
  })
})
