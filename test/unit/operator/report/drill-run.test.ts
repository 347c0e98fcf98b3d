import { expect } from 'chai'
import type { FailoverDrillStatus } from '../../../../src/api/failover-drill.ts'
import { planFailoverDrill } from '../../../../src/operator/plan/failover-drill.ts'
import { eventOfDrill, reportFailoverDrill } from '../../../../src/operator/report/failover-drill.ts'
import type { FailoverDrillFacts } from '../../../../src/operator/world/drills.ts'
import type { FailoverDrillWorld, RememberedRun } from '../../../../src/operator/world/failover-drill.ts'
import type { TestCall } from '../../../../src/rules/drill/run.ts'
import {
  aDrill,
  aDrillWorld,
  anIntegration,
  anIntegrationSpec,
  bothTrunksAnswer,
  someSurroundings,
  TRUNKS,
} from '../../../harness/integration-worlds.ts'
import { statusAfterCycle } from '../../../harness/drill-cycle.ts'
import { NO_REAL_CALLS } from '../../../../src/rules/drill/real-calls.ts'
import { brokenLaws } from '../../../harness/status-laws.ts'

const ZONES = ['zone-a', 'zone-b']
const specOf = (sip: object = {}) =>
  anIntegration(anIntegrationSpec({ sip: { trunks: TRUNKS, testCall: { to: '4000' }, ...sip } }))
const NOW = 1_000_000

const call = (
  zone: string,
  during: TestCall['during'],
  route: TestCall['route'],
  begun: number,
  good = true,
): TestCall => ({
  ...{ zone, during, route, begun, good, answered: good ? begun + 50 : undefined },
})
const remembered = (changes: Partial<RememberedRun> = {}): RememberedRun => ({
  ...{ at: { Baseline: NOW - 60_000 }, zones: ZONES, lanes: [], calls: [], real: NO_REAL_CALLS, problems: [] },
  ...changes,
})

const answering = (sud: 'Up' | 'Down' = 'Up') => {
  const parts = [
    { name: 'nord', state: 'Up' as const, calls: 0 },
    { name: 'sud', state: sud, calls: 0 },
  ]
  return { zones: ['desk'], witnesses: [{ zone: 'desk', parts }] }
}

/** One cycle of a synthetic drill that was persisted in that state. */
function cycle(
  state: FailoverDrillStatus['state'],
  world: Partial<FailoverDrillWorld> = {},
  changes: { drill?: Partial<FailoverDrillFacts>; status?: Partial<FailoverDrillStatus> } = {},
) {
  const surroundings = someSurroundings({ sip: bothTrunksAnswer, http: answering(), podZones: ZONES })
  const base = aDrillWorld({ integration: specOf(), surroundings, monotonic: NOW, ...world })
  const first = aDrill({ mode: 'Synthetic', ...changes.drill })
  const calm = { ...base, surroundings, term: 1, isRollingOut: false, remembered: undefined }
  const begun = statusAfterCycle(calm, first)!
  const status =
    state === 'Pending' ? undefined : { ...begun, state, startedAt: '2026-11-26T12:00:00Z', ...changes.status }
  const drill = { ...first, status: status as FailoverDrillStatus | undefined }
  const after = statusAfterCycle(base, drill)!
  expect(brokenLaws({ metadata: { generation: 1 }, status: after })).to.deep.equal([])
  return { after, event: eventOfDrill(drill, after) }
}
const lanes = (lane: 'Up' | 'Down') =>
  ZONES.map((zone) => ({ edge: `edge-${zone}`, zone, lane, detectedAfter: 1_400, isHeld: false }))

describe('the status of a synthetic drill', () => {
  it('shows what the plan decided on, and stays as it is without a decision or with one about another version', () => {
    const surroundings = someSurroundings({ sip: bothTrunksAnswer, podZones: ZONES })
    const drill = { ...aDrill({ mode: 'Synthetic' }), resourceVersion: '7' }
    const world = aDrillWorld({ ...{ integration: specOf(), surroundings, drill, monotonic: NOW, term: 1 } })
    const { decision } = planFailoverDrill(world)
    const show = (given: typeof drill, decided = decision) =>
      reportFailoverDrill(world, given, { failures: [], decision: decided })?.state
    expect(show(drill)).to.equal('Baseline')
    expect(show({ ...drill, resourceVersion: '8' })).to.equal(undefined)
    expect(reportFailoverDrill(world, drill, { failures: [] })).to.equal(undefined)
    const held: typeof decision = { ...decision!, run: { ...decision!.run, state: 'Holding' } }
    expect(show(drill, held), 'whatever the world is').to.equal('Holding')
  })

  it('names the leadership that began it, and the specs and routes that it is about', () => {
    const { after } = cycle('Pending')
    expect(after).to.include({ state: 'Baseline', leadership: 1, routesDigest: 'routes' })
    expect(after.specDigest).to.match(/^[0-9a-f]{32}$/)
    expect(after.checks!.map(({ name }) => name)).to.include.members(['TestCallDeclared', 'NoOtherDrill'])
    expect(after.conditions!.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).to.deep.equal([
      'Succeeded Unknown DrillRuns',
      'Reconciling True DrillRuns',
    ])
  })

  it('is Skipped without a test number, and while another drill has to do with the same bots', () => {
    const none = cycle('Pending', { integration: anIntegration(anIntegrationSpec({ sip: { trunks: TRUNKS } })) })
    expect(none.after).to.include({ verdict: 'Skipped', state: 'Ended' })
    expect(none.after.because).to.match(/has no sip.testCall: add it, or set mode to DryRun/)
    const busy = cycle('Pending', {
      surroundings: someSurroundings({ sip: bothTrunksAnswer, otherDrills: ['cabinet-other'] }),
    })
    expect(busy.after.because).to.match(/^cabinet-other runs, and shares a bot or a system with this one/)
  })

  it('is Interrupted by a leader of another term, and by one that has forgotten it, whatever was measured before', () => {
    const status = { detect: '1.4s', calls: { placed: 6, good: 6, failed: 0 } }
    for (const world of [
      { term: 2, remembered: remembered() },
      { term: 1, remembered: undefined },
    ]) {
      const { after, event } = cycle('Holding', world, { status })
      expect(after).to.include({ verdict: 'Interrupted', state: 'Ended' })
      expect(after.because).to.match(/^the operator that ran the drill is gone/)
      expect(event).to.include({ type: 'Warning', reason: 'ControlPlaneLost' })
    }
    const { after } = cycle('Holding', { term: 2, remembered: undefined }, { status })
    expect(after).to.deep.include(status)
  })

  it('tells by one event when the fault begins, and shows each edge that has detected it', () => {
    const calls = ZONES.flatMap((zone) => [
      call(zone, 'Baseline', 'Backup', NOW - 50_000),
      call(zone, 'Baseline', 'Primary', NOW - 40_000),
    ])
    const begun = cycle('Baseline', { remembered: remembered({ calls }) })
    expect(begun.after.state).to.equal('Injected')
    expect(begun.event).to.include({ type: 'Normal', reason: 'DrillRuns' })
    const at = { Baseline: NOW - 60_000, Injected: NOW - 3_000 }
    const { after, event } = cycle('Injected', { remembered: remembered({ at, calls, lanes: lanes('Down') }) })
    expect(after).to.include({ state: 'Detected', detect: '1.4s' })
    expect(after.perEdge).to.deep.equal(
      ZONES.map((zone) => ({ name: `edge-${zone}`, zone, calls: 2, detectMilliseconds: 1_400 })),
    )
    expect(event).to.equal(undefined)
  })

  it('passes with all times, says how exact they are, and what was not shown', () => {
    const at = { Injected: NOW - 40_000, Restoring: NOW - 8_000 }
    const calls = ZONES.flatMap((zone) => [
      ...[38_000, 34_000, 30_000].map((ago) => call(zone, 'Detected', 'Backup', NOW - ago)),
      call(zone, 'Restoring', 'Primary', NOW - 5_000),
    ])
    const { after, event } = cycle('Restoring', { remembered: remembered({ at, calls, lanes: lanes('Up') }) })
    expect(after).to.include({ verdict: 'Passed', state: 'Verified', detect: '1.4s', switch: '2.0s', return: '3.0s' })
    expect(after.timings).to.deep.equal({
      ...{ detectMilliseconds: 1_400, switchMilliseconds: 2_050, returnMilliseconds: 3_050 },
      uncertaintyMilliseconds: 1_000,
    })
    expect(after.calls).to.deep.equal({ placed: 8, good: 8, failed: 0 })
    expect(after.notShown).to.have.lengthOf(2)
    expect(event).to.include({ type: 'Normal', reason: 'DrillPassed' })
  })

  it('says that the return was not tried where the failback is manual, or held longer than the drill may wait', () => {
    const at = { Injected: NOW - 40_000, Restoring: NOW - 8_000 }
    for (const failback of [{ mode: 'Manual' }, { holdSeconds: 600 }]) {
      const world = { integration: specOf({ failover: { failback } }), remembered: remembered({ at }) }
      const { after } = cycle('Restoring', { ...world, term: 2 })
      expect(after.notShown!.at(-1)).to.match(/^The return after the failback hold was not tried/)
    }
  })

  it('fails with the findings when calls over the backup fail, and names them as deficiencies', () => {
    const problems = ['a test call of zone-a by the edge edge-zone-a and lyon in state Detected: OneWay']
    const calls = [1, 2].map((seconds) => call('zone-a', 'Detected', 'Backup', NOW - seconds * 1_000, false))
    const at = { Injected: NOW - 9_000, Detected: NOW - 6_000 }
    const { after } = cycle('Detected', { remembered: remembered({ at, calls, problems, lanes: lanes('Down') }) })
    expect(after).to.include({ verdict: 'Failed' })
    expect(after.because).to.equal(`during the fault, 2 of 2 test calls failed: ${problems[0]}.`)
    expect(after.deficiencies).to.deep.equal(problems)
  })

  it('holds, tests, measures and ends as its spec says, and otherwise by the defaults that the reference names', () => {
    const at = { Injected: NOW - 30_000, Detected: NOW - 25_000, Holding: NOW - 20_500 }
    const calls = ZONES.flatMap((zone) =>
      [28_000, 24_000, 20_000, 16_000, 12_000].map((ago) => call(zone, 'Detected', 'Backup', NOW - ago)),
    )
    const holding = (drill: Partial<FailoverDrillFacts>) =>
      cycle('Holding', { remembered: remembered({ at, calls }) }, { drill }).after.state
    expect([holding({}), holding({ holdSeconds: 30 }), holding({ testCalls: 11 })]).to.deep.equal([
      ...['Restoring', undefined, undefined].map((state) => state ?? 'Holding'),
    ])
    const back = ZONES.map((zone) => call(zone, 'Restoring', 'Primary', NOW - 5_000))
    const ended = (drill: Partial<FailoverDrillFacts>) => {
      const known = { at: { ...at, Restoring: NOW - 8_000 }, calls: [...calls, ...back], lanes: lanes('Up') }
      return cycle('Restoring', { remembered: remembered(known) }, { drill }).after.verdict
    }
    expect(ended({})).to.equal('Passed')
    expect(ended({ limits: { detectMilliseconds: 1_000 } })).to.equal('Inconclusive')
    expect(ended({ limits: { detectMilliseconds: 300 } })).to.equal('Failed')
    expect(ended({ limits: { switchMilliseconds: 500 } })).to.equal('Failed')
    expect(ended({ limits: { returnSeconds: 1 } })).to.equal('Failed')
    const failing = [2_000, 1_000].map((ago) => call('zone-a', 'Holding', 'Backup', NOW - ago, false))
    const aborted = (drill: Partial<FailoverDrillFacts>) =>
      cycle('Holding', { remembered: remembered({ at, calls: [...calls, ...failing] }) }, { drill }).after.verdict
    expect(aborted({})).to.equal('Failed')
    expect(aborted({ abort: { backupFailures: 3 }, holdSeconds: 60 })).to.equal(undefined)
  })

  it('is Interrupted when the primary or the backup stops answering real calls, a zone is lost, a rollout begins, or the trunks are edited', () => {
    const down = (name: string) => ({
      zones: ZONES,
      witnesses: ZONES.map((zone) => ({ zone, parts: [{ name, state: 'Down' as const, calls: 0 }] })),
    })
    const cases: [Partial<FailoverDrillWorld>, string][] = [
      [{ surroundings: someSurroundings({ sip: down('paris') }) }, 'RealIncident'],
      [{ surroundings: someSurroundings({ sip: down('lyon') }) }, 'RealIncident'],
      [
        { surroundings: someSurroundings({ sip: { zones: ZONES, witnesses: [bothTrunksAnswer.witnesses![0]!] } }) },
        'ZoneLost',
      ],
      [{ isRollingOut: true }, 'RolloutBegan'],
    ]
    for (const [world, reason] of cases) {
      const { after } = cycle('Holding', {
        remembered: remembered({ at: { Injected: NOW - 5_000, Holding: NOW } }),
        ...world,
      })
      expect(after.verdict, reason).to.equal('Interrupted')
      expect(after.conditions![0]!.reason).to.equal(reason)
    }
    const unasked = { surroundings: someSurroundings({ sip: { zones: ZONES, witnesses: undefined } }) }
    const going = cycle('Holding', {
      remembered: remembered({ at: { Injected: NOW - 5_000, Holding: NOW } }),
      ...unasked,
    })
    expect(going.after.verdict, 'an edge that is new was not asked yet').to.equal(undefined)
    const status = { specDigest: 'another' }
    const edited = cycle('Holding', { remembered: remembered({ at: { Holding: NOW } }) }, { status })
    expect(edited.after.conditions![0]!.reason).to.equal('SpecChanged')
  })
})

describe('the status of a synthetic drill of a web service', () => {
  const endpoints = [
    { name: 'nord', role: 'Primary', url: 'https://nord.example/v1' },
    { name: 'sud', role: 'Backup', url: 'https://sud.example/v1' },
  ]
  const operations = [{ name: 'slots', method: 'GET', path: '/slots', idempotency: 'Idempotent' }]
  const web = (http: object = { testOperation: 'slots' }) =>
    anIntegration(anIntegrationSpec({ http: { endpoints, operations, ...http } }))
  const side: { drill: Partial<FailoverDrillFacts> } = { drill: { side: 'HTTP' } }
  const webCycle = (state: FailoverDrillStatus['state'], world: Partial<FailoverDrillWorld> = {}, drill = {}) =>
    cycle(state, { integration: web(), ...world }, { drill: { ...side.drill, ...drill } }).after
  const reasonOf = ({ conditions }: FailoverDrillStatus) => conditions![0]!.reason

  it('begins when pods answer in each zone, and is Skipped without an operation for tests, or without a ready pod', () => {
    expect(webCycle('Pending')).to.include({ state: 'Baseline' })
    const none = webCycle('Pending', { integration: web({}) })
    expect(none).to.include({ verdict: 'Skipped' })
    expect(none.because).to.match(/has no http.testOperation: add it, or set mode to DryRun/)
    const unready = webCycle('Pending', { surroundings: someSurroundings({ http: answering() }) })
    expect(unready.because).to.match(/no pod of desk reports the endpoints/)
  })

  it('passes as that of trunks does, and says so of pods and requests', () => {
    const at = { Injected: NOW - 60_000, Restoring: NOW - 30_000 }
    const calls = ZONES.flatMap((zone) => [
      ...[58_000, 54_000, 50_000].map((ago) => call(zone, 'Detected', 'Backup', NOW - ago)),
      call(zone, 'Restoring', 'Primary', NOW - 5_000),
    ])
    const after = webCycle('Restoring', { remembered: remembered({ at, calls, lanes: lanes('Up') }) })
    expect(after).to.include({ verdict: 'Passed', state: 'Verified' })
    expect(after.because).to.match(/^test requests used the backup 2.0s after the fault/)
    expect(after.notShown!.join())
      .to.match(/simulated in the pods/)
      .and.not.match(/edges|return by itself/)
  })

  it('says that the return was not tried where the circuit breaker may keep the primary out for longer', () => {
    const integration = web({ testOperation: 'slots', circuitBreaker: { openSeconds: 600 } })
    const at = { Injected: NOW - 40_000, Restoring: NOW - 8_000 }
    const { notShown } = webCycle('Restoring', { integration, remembered: remembered({ at }), term: 2 })
    expect(notShown!.at(-1)).to.match(/^The return by itself was not tried/)
  })

  it('gives pods 10 s to detect a fault, for they probe less often than edges', () => {
    const at = { Injected: NOW - 60_000, Restoring: NOW - 30_000 }
    const calls = ZONES.flatMap((zone) => [
      ...[58_000, 54_000, 50_000].map((ago) => call(zone, 'Detected', 'Backup', NOW - ago)),
      call(zone, 'Restoring', 'Primary', NOW - 5_000),
    ])
    const slow = (milliseconds: number) => lanes('Up').map((lane) => ({ ...lane, detectedAfter: milliseconds }))
    const verdict = (milliseconds: number) =>
      webCycle('Restoring', { remembered: remembered({ at, calls, lanes: slow(milliseconds) }) }).verdict
    expect([9_900, 10_100, 11_100].map(verdict)).to.deep.equal(['Passed', 'Inconclusive', 'Failed'])
  })

  it('is Interrupted when the backup stops answering real requests, no pod of a zone is left, or the web service is edited', () => {
    const known = { remembered: remembered({ at: { Injected: NOW - 5_000, Holding: NOW } }) }
    const incident = webCycle('Holding', {
      ...known,
      surroundings: someSurroundings({ http: answering('Down'), podZones: ZONES }),
    })
    expect(reasonOf(incident)).to.equal('RealIncident')
    expect(incident.because).to.match(/stopped answering real requests/)
    const lost = webCycle('Holding', {
      ...known,
      surroundings: someSurroundings({ http: answering(), podZones: [ZONES[0]!] }),
    })
    expect(reasonOf(lost)).to.equal('ZoneLost')
    expect(lost.because).to.match(/^no pod of a zone answers any more/)
    const digest = (integration: ReturnType<typeof web>) => webCycle('Pending', { integration }).specDigest
    const other = { testOperation: 'slots', probe: { intervalSeconds: 1 } }
    expect(digest(web()))
      .to.equal(digest(web()))
      .and.not.equal(digest(web(other)))
  })
})
