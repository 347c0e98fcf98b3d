import { expect } from 'chai'
import type { FailoverDrillStatus } from '../../../../src/api/failover-drill.ts'
import { reportFailoverDrill } from '../../../../src/operator/report/failover-drill.ts'
import { aDrill, aDrillWorld } from '../../../kit/integration-worlds.ts'
import { brokenLaws } from '../../../kit/status-laws.ts'

const now = Date.parse('2026-11-26T15:00:00Z')
const later = now + 60_000

const reportDrill = (known: { generation: number; status: FailoverDrillStatus | undefined }, at: number) => {
  const drill = aDrill({ mode: 'Full', ...known })
  return reportFailoverDrill(aDrillWorld({ now: at, drill }), drill)
}

describe('the status of an object of a kind that is not served', () => {
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
    const drill = reportDrill({ generation: 1, status: undefined }, now)
    expect(reportDrill({ generation: 1, status: drill }, later), 'nothing to write').to.equal(undefined)
  })

  it('leaves the evidence of a drill alone that ended under a version that served it', () => {
    expect(reportDrill({ generation: 1, status: { state: 'Verified', verdict: 'Passed' } }, now)).to.equal(undefined)
  })
})
