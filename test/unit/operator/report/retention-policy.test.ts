import { expect } from 'chai'
import fc from 'fast-check'
import type { RetentionPolicyStatus } from '../../../../src/api/retention-policy.ts'
import { eventOfRetention, reportRetentionPolicy } from '../../../../src/operator/report/retention-policy.ts'
import type { RetentionPolicyOutcome } from '../../../../src/operator/steps/retention-policy.ts'
import type { RetentionPolicyWorld } from '../../../../src/operator/world/retention-policy.ts'
import { SWEEP_PROBLEMS } from '../../../../src/rules/sweep-state.ts'
import { aRetentionPolicyFacts, aRetentionWorld, aSweptPolicy, NOW } from '../../../harness/retention-worlds.ts'
import { brokenLaws } from '../../../harness/status-laws.ts'

const report = (more: Partial<RetentionPolicyWorld> = {}, outcome: Partial<RetentionPolicyOutcome> = {}) => {
  const world = aRetentionWorld(more)
  return reportRetentionPolicy(world, world.policy!, { failures: [], ...outcome })
}
const said = ({ conditions }: RetentionPolicyStatus) =>
  conditions!.map(({ type, status, reason }) => `${type} ${status} ${reason}`)
const swept = (more: Parameters<typeof aSweptPolicy>[0]): Partial<RetentionPolicyWorld> => ({
  sweep: { sweptAgo: 3_000, problem: undefined, policy: aSweptPolicy(more) },
})
const kept = (more: Partial<ReturnType<typeof aRetentionPolicyFacts>['kept']>) =>
  aRetentionPolicyFacts({ kept: { ...aRetentionPolicyFacts().kept, ...more } })

describe('the status of a RetentionPolicy', () => {
  it('has what sweep reports: what is kept, since when, until when', () => {
    const status = report()
    expect(said(status)).to.deep.equal([
      'Ready True AsSpecified',
      'StoreReachable True AsSpecified',
      'PurgeOnTime True AsSpecified',
    ])
    expect(status).to.include({ mode: 'Timed', oldest: '2026-11-26T12:00:00Z', nextPurge: '2026-11-28T12:00:00Z' })
    expect(status).to.include({ stored: 7, violations: 0, held: 0, usedBy: 1 })
  })

  it('is ready without a store when nothing is kept, and is not when something is to be kept', () => {
    const settings = { ...aRetentionWorld().settings, database: undefined }
    const nothing = kept({ lives: [{ class: 'Transcript', seconds: 0 }] })
    expect(said(report({ settings, policy: nothing, keeping: [] }))).to.deep.equal(['Ready True AsSpecified'])
    const status = report({ settings })
    expect(said(status)).to.deep.equal(['Ready False StoreNotInstalled', 'Stalled True StoreNotInstalled'])
    expect(status.mode).to.equal('Nothing')
  })

  it('says when it is more than its namespace may have, how much of how much, and whom to ask', () => {
    const beyond = { resource: 'retentionPolicies', used: 20, limit: 20, of: 'Namespace' } as const
    const status = report({ beyond, keeping: [], ...swept({ generation: 0 }) })
    expect(said(status)).to.deep.equal(['Ready False QuotaExceeded', 'Reconciling True QuotaExceeded'])
    expect(status.conditions![0]!.message).to.include('namespace lilas has 20 of 20 retentionPolicies')
    expect(status.conditions![0]!.message).to.include('shares.namespaces.lilas.retentionPolicies of the chart')
    expect(status).to.deep.include({ mode: 'Nothing' })
  })

  it('says that the namespace keeps as much as it may as soon as one pod is refused for that, in the words of the store', () => {
    const because =
      'namespace lilas has 20000 of 20000 keys: keep less, or have records.store.keysPerNamespace of the chart raised'
    const full = { isReady: true, state: { ready: false, isFull: true, reason: because, accepted: 7, refused: 0 } }
    const status = report({ pods: [aRetentionWorld().pods[0]!, full] })
    expect(said(status)).to.include.members(['Ready False QuotaExceeded', 'StoreReachable False QuotaExceeded'])
    expect(status.conditions![0]!.message).to.include(because)
  })

  it('still counts what was stored under rules of before', () => {
    const nothing = kept({ lives: [] })
    expect(report({ policy: nothing, keeping: [] })).to.include({ mode: 'Timed', stored: 7 })
  })

  it('waits for sweep to go by the newest generation', () => {
    expect(said(report(swept({ generation: 1 })))[0]).to.equal('Ready False Progressing')
    expect(said(report({ sweep: { sweptAgo: 1, problem: undefined, policy: undefined } }))[0]).to.equal(
      'Ready False Progressing',
    )
  })

  it('names what is wrong, each under its own reason', () => {
    const reasonOf = (...given: Parameters<typeof report>) => said(report(...given))[0]
    expect(reasonOf({ sweep: 'Silent' })).to.equal('Ready False StoreUnavailable')
    for (const problem of SWEEP_PROBLEMS)
      expect(reasonOf({ sweep: { sweptAgo: 1, problem, policy: aSweptPolicy() } })).to.equal(
        'Ready False StoreUnavailable',
      )
    expect(reasonOf({}, { areKeysMissing: true })).to.equal('Ready False KeysMissing')
    expect(reasonOf({ pods: [] })).to.equal('Ready False RecordsUnavailable')
    const cannot = { isReady: true, state: { ready: false, reason: 'no database', accepted: 0, refused: 0 } }
    expect(reasonOf({ pods: [cannot, cannot] })).to.equal('Ready False RecordsUnavailable')
    expect(reasonOf({ pods: [cannot, aRetentionWorld().pods[0]!] })).to.equal('Ready True AsSpecified')
    expect(reasonOf({ pods: [{ isReady: true, state: undefined }] })).to.equal('Ready True AsSpecified')
    expect(reasonOf({ sweep: { sweptAgo: 121_000, problem: undefined, policy: aSweptPolicy() } })).to.equal(
      'Ready False PurgeOverdue',
    )
    expect(reasonOf(swept({ fused: 5 }))).to.equal('Ready False FuseBlown')
    const inFiles = (seconds: number) =>
      reasonOf({ sweep: { sweptAgo: 1, problem: undefined, keysInFiles: { seconds }, policy: aSweptPolicy() } })
    expect(inFiles(600)).to.equal('Ready True AsSpecified')
    expect(inFiles(601)).to.equal('Ready False KeysInFiles')
  })

  it('is ready in mode Audit, and says what would be erased', () => {
    const status = report({ ...swept({ audited: 5 }), policy: kept({ mode: 'Audit' }) })
    expect(said(status)).to.include.members(['Ready True AsSpecified', 'PurgeOnTime False AuditOnly'])
    expect(status).to.include({ mode: 'Audit', violations: 5 })
  })

  it('keeps what was known while sweep does not answer', () => {
    const before = report()
    const policy = aRetentionPolicyFacts({ status: before })
    expect(report({ policy, sweep: 'Silent' })).to.include({
      oldest: before.oldest!,
      stored: 7,
      nextPurge: before.nextPurge!,
    })
    expect(report({ policy, sweep: 'Unasked' })).to.deep.equal(before)
  })

  it('is reported by one event for each change, and none for a beginning', () => {
    const good = report()
    const bad = report({ sweep: 'Silent' })
    expect(eventOfRetention(aRetentionPolicyFacts(), good)).to.equal(undefined)
    expect(eventOfRetention(aRetentionPolicyFacts({ status: good }), bad)).to.include({
      type: 'Warning',
      reason: 'StoreUnavailable',
    })
    expect(eventOfRetention(aRetentionPolicyFacts({ status: bad }), bad)).to.equal(undefined)
    expect(eventOfRetention(aRetentionPolicyFacts({ status: bad }), good)).to.include({ type: 'Normal' })
  })

  it('keeps the laws of a status, is the same when looked at again, and is never ready with a fuse that has blown', () => {
    const count = fc.integer({ min: 0, max: 9 })
    const policyFacts = fc.record({
      stored: count,
      held: count,
      audited: count,
      fused: count,
      generation: fc.integer({ min: 0, max: 2 }),
    })
    const sweep: fc.Arbitrary<RetentionPolicyWorld['sweep']> = fc.oneof(
      fc.constantFrom('Silent' as const, 'Unasked' as const),
      fc.record({
        sweptAgo: fc.option(fc.integer({ min: 0, max: 999_999 }), { nil: undefined }),
        problem: fc.constantFrom(undefined, ...SWEEP_PROBLEMS),
        policy: fc.option(policyFacts.map(aSweptPolicy), { nil: undefined }),
      }),
    )
    const lives = fc.array(fc.record({ class: fc.constant('Transcript' as const), seconds: fc.constantFrom(0, 60) }), {
      maxLength: 1,
    })
    fc.assert(
      fc.property(sweep, lives, fc.boolean(), fc.boolean(), (said1, some, areKeysMissing, isReady) => {
        const policy = kept({ lives: some })
        const keeping = some.some(({ seconds }) => seconds > 0) ? [{ name: 'month', uid: 'u' }] : []
        const world = { sweep: said1, policy, keeping, pods: [{ isReady, state: undefined }] }
        const status = report(world, { areKeysMissing })
        expect(brokenLaws({ metadata: { generation: 2 }, status })).to.deep.equal([])
        expect(report({ ...world, policy: { ...policy, status }, now: NOW + 1 }, { areKeysMissing })).to.deep.equal(
          status,
        )
        const isFused = typeof said1 === 'object' && (said1.policy?.fused ?? 0) > 0
        const isShown = status.conditions!.length > 1 && isFused
        if (isShown) expect(status.conditions![0]!.status).to.equal('False')
      }),
    )
  })
})
