import { expect } from 'chai'
import { reportDrill, reportPolicy } from '../../../../src/operator/report/not-served.ts'
import { brokenLaws } from '../../../kit/status-laws.ts'

const now = Date.parse('2026-11-26T15:00:00Z')
const later = now + 60_000

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

  it('says of a FailoverDrill that it never began, so that no later version begins it', () => {
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
    expect(reportDrill({ generation: 1, status: drill }, later)).to.deep.equal(drill)
  })

  it('leaves the evidence of a drill alone that ended under a version that served it', () => {
    expect(reportDrill({ generation: 1, status: { state: 'Verified', verdict: 'Passed' } }, now)).to.equal(undefined)
  })
})
