import { expect } from 'chai'
import { CHECKS, firstLacking, preflight, type PreflightFacts } from '../../../../src/rules/drill/preflight.ts'

const witness = (
  zone: string,
  paris: 'Up' | 'Down' | 'Unknown' = 'Up',
  lyon: 'Up' | 'Down' | 'Unknown' = 'Up',
  calls = 3,
) => ({
  zone,
  parts: [
    { name: 'paris', state: paris, calls },
    { name: 'lyon', state: lyon, calls: 0 },
  ],
})
const facts = (given: Partial<PreflightFacts> = {}): PreflightFacts => ({
  ...{ integration: 'cabinet', mode: 'Synthetic', side: 'SIP', scenario: 'Refuse' },
  parts: [
    { name: 'paris', role: 'Primary', maxCalls: 60 },
    { name: 'lyon', role: 'Backup', maxCalls: 10 },
  ],
  ...{ failoverCodes: [408, 503], hasTestCall: true, killSwitch: 'Off', zones: ['a', 'b'] },
  ...{ witnesses: [witness('a'), witness('b')], otherDrills: [], clockSkewMilliseconds: 200 },
  ...given,
})
const lacking = (given: Partial<PreflightFacts>) => {
  const found = firstLacking(preflight(facts(given)))
  return found && `${found.name} ${found.result} ${found.reason}: ${found.message}`
}

describe('a drill', () => {
  it('could run when nothing is missing', () => {
    expect(lacking({})).to.equal(undefined)
    expect(preflight(facts()).map(({ name }) => name)).to.deep.equal([...CHECKS])
  })

  const cases: [string, Partial<PreflightFacts>, string][] = [
    ['drills are stopped', { killSwitch: 'On' }, 'KillSwitchOff Failed KillSwitch: all drills are stopped'],
    [
      'the kill switch is missing',
      { killSwitch: 'Missing' },
      'KillSwitchOff Failed KillSwitch: ConfigMap callbot-drills',
    ],
    [
      'there is no backup',
      { parts: [{ name: 'paris', role: 'Primary' }] },
      'BackupDeclared Failed BackupMissing: Integration cabinet has no backup',
    ],
    [
      'that side is not there',
      { parts: [] },
      'BackupDeclared Failed BackupMissing: Integration cabinet has no sip.trunks',
    ],
    [
      'there is no test number',
      { hasTestCall: false },
      'TestCallDeclared Failed NoTestCall: Integration cabinet has no sip.testCall',
    ],
    ['calls would not fail over after 503', { failoverCodes: [408] }, 'FailoverOnRefusal Failed RefusalNotFailedOver'],
    ['a zone is silent', { witnesses: [witness('a')] }, 'ZonesAnswer Failed ZoneUnreachable: no edge in b answers'],
    [
      'the backup is down at one edge',
      { witnesses: [witness('a'), witness('b', 'Up', 'Down')] },
      'RoutesAnswer Failed BackupDown: lyon does not answer in b',
    ],
    [
      'the primary is down',
      { witnesses: [witness('a', 'Down'), witness('b', 'Down')] },
      'RoutesAnswer Failed PrimaryDown: paris does not answer in a, b',
    ],
    [
      'nobody has probed the backup yet',
      { witnesses: [witness('a', 'Up', 'Unknown'), witness('b')] },
      'RoutesAnswer Unknown RouteUnknown',
    ],
    [
      'an edge has more calls than the backup may carry',
      { witnesses: [witness('a'), witness('b', 'Up', 'Up', 11)] },
      'CapacitySuffices Failed CapacityTooSmall: lyon may carry 10 calls of an edge, and the edge in b has 11',
    ],
    [
      'another drill shares a bot',
      { otherDrills: ['autre-1', 'autre-1'] },
      'NoOtherDrill Failed OtherDrillRuns: autre-1 runs',
    ],
    [
      'the clocks differ',
      { clockSkewMilliseconds: -31_000 },
      'ClocksAgree Failed ClockSkewed: the clock of the operator is 31 s behind',
    ],
    ['the clocks were never compared', { clockSkewMilliseconds: undefined }, 'ClocksAgree Unknown RouteUnknown'],
    ['not all edges were asked', { witnesses: undefined }, 'ZonesAnswer Unknown RouteUnknown'],
  ]
  for (const [when, given, expected] of cases) {
    it(`could not run when ${when}, and says what to do`, () => expect(lacking(given)).to.include(expected))
  }

  it('by checks alone needs no test number, and over HTTP no SIP response and no bound of calls', () => {
    expect(lacking({ mode: 'DryRun', hasTestCall: false, otherDrills: ['autre-1'] })).to.equal(undefined)
    expect(preflight(facts({ side: 'HTTP' })).map(({ name }) => name)).to.not.include.members(['FailoverOnRefusal'])
    expect(
      lacking({ side: 'HTTP', failoverCodes: [], witnesses: [witness('a', 'Up', 'Up', 500), witness('b')] }),
    ).to.equal(undefined)
  })

  it('over HTTP names the bots whose pods do not reach an endpoint', () => {
    const http = { side: 'HTTP' as const, zones: ['rendez-vous'] }
    expect(lacking({ ...http, witnesses: [] })).to.include('no pod of rendez-vous reports the endpoints')
    expect(lacking({ ...http, witnesses: [witness('rendez-vous', 'Up', 'Down')] })).to.include(
      'BackupDown: lyon does not answer the pods of rendez-vous',
    )
  })

  it('names what failed before what is unknown', () => {
    expect(lacking({ witnesses: undefined, clockSkewMilliseconds: 31_000 })).to.include('ClockSkewed')
  })
})
