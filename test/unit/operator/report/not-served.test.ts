import { expect } from 'chai'
import type { FailoverDrillStatus } from '../../../../src/api/failover-drill.ts'
import type { RetentionPolicyStatus } from '../../../../src/api/retention-policy.ts'
import { reportFailoverDrill } from '../../../../src/operator/report/failover-drill.ts'
import { reportRetentionPolicy } from '../../../../src/operator/report/retention-policy.ts'
import { aDrill, aDrillWorld } from '../../../kit/integration-worlds.ts'
import { NOTHING_LEAVES } from '../../../../src/rules/policy-order.ts'
import { brokenLaws } from '../../../kit/status-laws.ts'

const now = Date.parse('2026-11-26T15:00:00Z')
const later = now + 60_000

const object = { namespace: 'lilas', name: 'one', uid: 'uid-of-one' }
const reportPolicy = (known: { generation: number; status: RetentionPolicyStatus | undefined }, at: number) => {
  const policy = { ...object, calls: NOTHING_LEAVES, ...known }
  return reportRetentionPolicy({ now: at, policy }, policy)
}
const reportDrill = (known: { generation: number; status: FailoverDrillStatus | undefined }, at: number) => {
  const drill = aDrill({ mode: 'Full', ...known })
  return reportFailoverDrill(aDrillWorld({ now: at, drill }), drill)
}

describe('the status of an object of a kind that is not served', () => {
  it('says of a RetentionPolicy that nothing acts on it and that nothing of a call is kept, and keeps the laws of a status', () => {
    const status = reportPolicy({ generation: 3, status: undefined }, now)
    expect(status.conditions!.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`)).to.deep.equal([
      'Ready False NotServed',
      'Stalled True NotServed',
    ])
    expect(status.conditions![0]!.message).to.match(
      /^this version of the operator does not act on a RetentionPolicy but/,
    )
    expect(status).to.include({ mode: 'Nothing', observedGeneration: 3 })
    expect(brokenLaws({ metadata: { generation: 3 }, status })).to.deep.equal([])
  })

  it('says of a FailoverDrill whose mode is not served that it never began, so that no later version begins it', () => {
    const status = reportDrill({ generation: 1, status: undefined }, now)!
    expect(status.conditions!.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`)).to.deep.equal([
      'Succeeded False NotServed',
      'Stalled True NotServed',
    ])
    expect(status).to.include({ state: 'Ended', verdict: 'Skipped', because: status.conditions![0]!.message })
    expect(brokenLaws({ metadata: { generation: 1 }, status })).to.deep.equal([])
  })

  it('stays as it is when it is looked at again', () => {
    const policy = reportPolicy({ generation: 1, status: undefined }, now)
    expect(reportPolicy({ generation: 1, status: policy }, later)).to.deep.equal(policy)
    const drill = reportDrill({ generation: 1, status: undefined }, now)
    expect(reportDrill({ generation: 1, status: drill }, later), 'nothing to write').to.equal(undefined)
  })

  it('leaves the evidence of a drill alone that ended under a version that served it', () => {
    expect(reportDrill({ generation: 1, status: { state: 'Verified', verdict: 'Passed' } }, now)).to.equal(undefined)
  })
})
