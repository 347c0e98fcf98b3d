import { expect } from 'chai'
import fc from 'fast-check'
import { CONDITIONS_OF } from '../../../../src/api/conditions.ts'
import type { IntegrationStatus } from '../../../../src/api/integration.ts'
import { integrationStatusSchema } from '../../../../src/api/integration-status.ts'
import type { IntegrationWorld } from '../../../../src/operator/world/integration.ts'
import { statusDiffers } from '../../../../src/operator/report/status.ts'
import { eventOfRoute } from '../../../../src/operator/report/integration.ts'
import type { PartState } from '../../../../src/rules/part-state.ts'
import { NOON, SECOND } from '../../../harness/builders.ts'
import {
  anIntegration,
  anIntegrationSpec,
  anIntegrationWorld,
  bothSides,
  ENDPOINTS,
  integrationCycle,
  seen,
  trunksSeen,
} from '../../../harness/integration-worlds.ts'
import { brokenLaws } from '../../../harness/status-laws.ts'

const statusOf = (changes: Partial<IntegrationWorld>) => integrationCycle(anIntegrationWorld(changes)).status!
const of = (status: IntegrationStatus, type: string) => status.conditions!.find((condition) => condition.type === type)
const next = (world: IntegrationWorld, changes: Partial<IntegrationWorld>) =>
  integrationCycle({ ...world, now: world.now + SECOND, ...changes })

const well = integrationCycle(anIntegrationWorld({ sip: trunksSeen('Up', 'Up') }))

const state = fc.constantFrom<PartState>('Up', 'Down', 'Unknown')
const both = anIntegration(bothSides)
const anySight = fc
  .record({ sip: fc.option(fc.tuple(state, state)), http: fc.option(fc.tuple(state, state)), usedBy: fc.nat(3) })
  .map(({ sip, http, usedBy }) => ({
    sip: sip === null ? undefined : seen(both.trunks!.trunks, ...sip),
    http: http === null ? undefined : seen(both.endpoints, ...http),
    usedBy,
  }))
const anyHistory = fc.array(anySight, { minLength: 1, maxLength: 5 })
const live = (sights: Partial<IntegrationWorld>[]) =>
  sights.reduce<IntegrationWorld>((world, sight) => next(world, sight).world, anIntegrationWorld({ integration: both }))

describe('the status of an Integration', () => {
  it('keeps every law of a status, is what the API server accepts, and has the conditions of the reference', () => {
    const quota = { what: 'ConfigMap', final: false, message: 'exceeded quota', cause: undefined }
    fc.assert(
      fc.property(anyHistory, fc.constantFrom(undefined, quota, { ...quota, final: true }), (sights, refused) => {
        const { status } = integrationCycle(live(sights), refused)
        expect(brokenLaws({ metadata: { generation: 1 }, status })).to.deep.equal([])
        expect(integrationStatusSchema.safeParse(status).error?.issues).to.equal(undefined)
        for (const { type } of status!.conditions!) expect(CONDITIONS_OF.Integration).to.include(type)
      }),
    )
  })

  it('has sentences of both sides in RouteAvailable, and of the worse alone where one is down', () => {
    const route = (...trunks: PartState[]) => {
      const sip = seen(both.trunks!.trunks, ...trunks)
      const http = seen(both.endpoints, 'Up', 'Up')
      return of(statusOf({ integration: both, sip, http }), 'RouteAvailable')!
    }
    const [well, down] = [route('Up', 'Up'), route('Down', 'Down')]
    expect([well.status, down.status]).to.deep.equal(['True', 'False'])
    expect(well.message)
      .to.match(/\bparis\b/)
      .and.match(/\bnord\b/)
    expect(down.message)
      .to.match(/\bparis\b/)
      .and.not.match(/\bnord\b/)
  })

  it('has one side only where one is declared', () => {
    const httpOnly = anIntegration(anIntegrationSpec({ http: { endpoints: ENDPOINTS } }))
    const status = statusOf({ integration: httpOnly, http: seen(httpOnly.endpoints, 'Up', 'Up') })
    expect([status.sip, status.sipRoute]).to.deep.equal([undefined, undefined])
    expect(of(status, 'Ready')).to.deep.include({ status: 'True', reason: 'RouteAnswers' })
    const sipOnly = statusOf({ sip: trunksSeen('Up', 'Up') })
    expect([sipOnly.http, sipOnly.httpRoute]).to.deep.equal([undefined, undefined])
  })

  it('is not written again when nothing new was seen', () => {
    fc.assert(
      fc.property(anyHistory, (sights) => {
        const world = live(sights)
        expect(statusDiffers(world.integration!.status, next(world, {}).status!)).to.equal(false)
      }),
    )
  })

  it('tells by which trunk calls go, and of each trunk since when and by how many edges it is seen so', () => {
    expect(well.status).to.deep.include({ sipRoute: 'Primary/paris', usedBy: 1, trunksEpoch: NOON })
    expect(well.status!.sip).to.deep.equal({
      ...{ active: 'paris', role: 'Primary', since: '2026-11-24T12:00:00Z' },
      parts: [
        { name: 'paris', state: 'Up', since: '2026-11-24T12:00:00Z', seenBy: 1 },
        { name: 'lyon', state: 'Up', since: '2026-11-24T12:00:00Z', seenBy: 1 },
      ],
    })
    expect(of(well.status!, 'Ready')).to.deep.include({ status: 'True', reason: 'RouteAnswers' })
  })

  it('is Ready by the backup, and says why a person should look', () => {
    const status = statusOf({ sip: trunksSeen('Down', 'Up') })
    expect(status.sipRoute).to.equal('Backup/lyon')
    expect(of(status, 'Ready')).to.deep.include({ status: 'True', reason: 'BackupInUse' })
    expect(of(status, 'Ready')!.message).to.include('paris').and.include('lyon')
  })

  it('says that the primary answers again while calls stay with the backup', () => {
    const sip = { ...trunksSeen('Up', 'Up'), role: 'Backup' as const, active: 'lyon' }
    expect(of(statusOf({ sip }), 'Ready')).to.deep.include({ status: 'True', reason: 'PrimaryReturning' })
  })

  it('is not Ready when no trunk answers', () => {
    const status = statusOf({ sip: trunksSeen('Down', 'Down') })
    expect(status.sipRoute).to.equal('None')
    expect(of(status, 'Ready')).to.deep.include({ status: 'False', reason: 'AllRoutesDown' })
  })

  it('reports a backup that would not answer, and one that is not there, without being less Ready', () => {
    const down = statusOf({ sip: trunksSeen('Up', 'Down') })
    expect(of(down, 'BackupAvailable')).to.deep.include({ status: 'False', reason: 'BackupDown' })
    expect(of(down, 'Ready')).to.deep.include({ status: 'True', reason: 'BackupDown' })
    const spec = anIntegrationSpec({ sip: { trunks: [{ name: 'a', role: 'Primary', address: { host: 'a' } }] } })
    const integration = anIntegration(spec)
    const missing = statusOf({ integration, sip: seen(integration.trunks!.trunks, 'Up') })
    expect(of(missing, 'BackupAvailable')).to.deep.include({ status: 'False', reason: 'BackupMissing' })
    expect(of(missing, 'Ready')).to.deep.include({ status: 'True', reason: 'RouteAnswers' })
  })

  it('shows how often edges probe a trunk where that is less often than specified, with the cure, and is Ready all the same', () => {
    const sip = trunksSeen('Up', 'Up')
    const limited = { ...sip, parts: sip.parts.map((part, at) => (at === 0 ? { ...part, probeSeconds: 3 } : part)) }
    const before = integrationCycle(anIntegrationWorld({ sip: limited }))
    expect(before.status!.sip!.parts!.map(({ probeSeconds }) => probeSeconds)).to.deep.equal([3, undefined])
    expect(of(before.status!, 'ProbesInTime')).to.deep.include({ status: 'False', reason: 'ProbesShared' })
    expect(of(before.status!, 'ProbesInTime')!.message).to.match(
      /^the edges probe trunks every 3 s, not every 1 s: .*Set a longer sip.probe.intervalSeconds/,
    )
    expect(of(before.status!, 'Ready')).to.deep.include({ status: 'True', reason: 'RouteAnswers' })
    const restarted = next(before.world, { sip: undefined }).status!
    expect(of(restarted, 'ProbesInTime'), 'before all edges were asked').to.deep.include({ status: 'False' })
    expect(of(next(before.world, { sip }).status!, 'ProbesInTime')).to.equal(undefined)
  })

  it('is as bad as its worse side', () => {
    const http = seen(both.endpoints, 'Down', 'Down')
    const status = statusOf({ integration: both, sip: trunksSeen('Up', 'Up'), http })
    expect(status).to.deep.include({ sipRoute: 'Primary/paris', httpRoute: 'None' })
    expect(of(status, 'Ready')).to.deep.include({ status: 'False', reason: 'AllRoutesDown' })
    const apart = statusOf({ integration: both, sip: trunksSeen('Up', 'Up'), http: seen(both.endpoints, 'Down', 'Up') })
    expect(of(apart, 'Ready')!.message).to.include('HTTP goes to the backup sud').and.include('SIP goes to the primary')
  })

  it('names what a person has to repair before a trunk can be used', () => {
    for (const [primary, status] of [
      ['Up', 'True'],
      ['Down', 'False'],
    ] as const) {
      const sip = trunksSeen(primary, 'Down')
      sip.parts[1]!.because = 'Secret pbx can not be read: grant it to the edges'
      const found = statusOf({ sip })
      expect(of(found, 'ReferencesResolved')).to.deep.include({ status: 'False', reason: 'TrunkUnusable' })
      expect(of(found, 'Ready')).to.deep.include({ status, reason: 'TrunkUnusable' })
      expect(of(found, 'Ready')!.message).to.equal('lyon: Secret pbx can not be read: grant it to the edges.')
    }
  })

  it('names the address that the egress policy would refuse, while calls go on', () => {
    const sip = trunksSeen('Up', 'Up')
    sip.parts[1]!.noted = '10.1.2.3 is not a public address: ask the administrator'
    const found = statusOf({ sip })
    expect(of(found, 'ReferencesResolved')).to.deep.include({
      ...{ status: 'True', reason: 'AddressNotOpen' },
      message: 'lyon: 10.1.2.3 is not a public address: ask the administrator. With egress.enforce it is not called.',
    })
    expect(of(found, 'Ready')).to.deep.include({ status: 'True', reason: 'RouteAnswers' })
  })

  it('names of each trunk the Secret that is refused, while calls go on by what was good before', () => {
    const sip = trunksSeen('Up', 'Up')
    sip.parts[0]!.because = 'Secret own has no tls.key: add it; until then the last valid one is used'
    sip.parts[1]!.because = "Secret ca: ca.crt is no certificate in PEM: put the authority's there"
    const found = statusOf({ sip })
    expect(of(found, 'ReferencesResolved')).to.deep.include({ status: 'False', reason: 'SecretRefused' })
    expect(of(found, 'ReferencesResolved')!.message).to.include('paris: Secret own').and.include('lyon: Secret ca')
    expect(of(found, 'RouteAvailable')).to.deep.include({ status: 'True' })
    expect(of(found, 'Ready')).to.deep.include({ status: 'True', reason: 'SecretRefused' })
  })

  it('is unknown, and not False, until the edges have reported', () => {
    for (const sip of [undefined, trunksSeen('Unknown', 'Unknown')]) {
      const status = statusOf({ sip })
      expect(of(status, 'Ready')).to.deep.include({ status: 'Unknown', reason: 'RouteUnknown' })
      expect(status.sipRoute).to.equal('Unknown')
    }
  })

  it('stays as it was while an operator that has just begun has not asked all edges', () => {
    const { world } = integrationCycle({ ...well.world, sip: trunksSeen('Down', 'Up') })
    const restarted = next(world, { sip: undefined })
    expect(statusDiffers(world.integration!.status, restarted.status!)).to.equal(false)
  })

  it('keeps the moment of what lasts, though an edge that restarted has forgotten it', () => {
    const sip = trunksSeen('Up', 'Up')
    const later = { ...sip, since: NOON + 9000, parts: sip.parts.map((part) => ({ ...part, since: NOON + 9000 })) }
    expect(next(well.world, { sip: later }).status!.sip).to.deep.equal(well.status!.sip)
  })
})

describe('the events about an Integration', () => {
  const events = (...sights: Partial<IntegrationWorld>[]) => {
    const reasons: string[] = []
    sights.reduce<IntegrationWorld>((world, sight) => {
      const { status, world: after } = next(world, sight)
      const event = eventOfRoute(world.integration!, status!)
      if (event !== undefined) reasons.push(`${event.type} ${event.reason}`)
      return after
    }, anIntegrationWorld())
    return reasons
  }
  const up = { sip: trunksSeen('Up', 'Up') }
  const backup = { sip: trunksSeen('Down', 'Up') }
  const none = { sip: trunksSeen('Down', 'Down') }

  it('are one for each transition, once', () => {
    const returning = { sip: { ...trunksSeen('Up', 'Up'), role: 'Backup' as const, active: 'lyon' } }
    expect(events({}, up, up, backup, backup, none, none, backup, returning, up, up)).to.deep.equal([
      'Warning BackupInUse',
      'Warning AllRoutesDown',
      'Warning BackupInUse',
      'Warning PrimaryReturning',
      'Normal RouteAnswers',
    ])
  })

  it('are none for a beginning that all expect, and one for a beginning that nobody does', () => {
    expect(events({}, {}, up)).to.deep.equal([])
    expect(events({}, none)).to.deep.equal(['Warning AllRoutesDown'])
  })

  it('are none for an operator that restarts', () => {
    expect(events(up, backup, { sip: undefined }, backup)).to.deep.equal(['Warning BackupInUse'])
  })
})
