import { expect } from 'chai'
import { reportDrills } from '../../../../src/operator/report/drills.ts'
import type { FailoverDrillFacts } from '../../../../src/operator/world/drills.ts'
import {
  aDrill,
  anIntegration,
  anIntegrationSpec,
  anIntegrationWorld,
  someSurroundings,
  TRUNKS,
} from '../../../harness/integration-worlds.ts'

const schedule = { schedule: '30 6 * * 1', timeZone: 'Europe/Paris', mode: 'Synthetic' }
const spec = anIntegrationSpec({ sip: { trunks: TRUNKS, testCall: { to: '4000' } }, drill: schedule })
const integration = anIntegration(spec)
const FINISHED = '2026-11-23T05:31:00Z'

/** What the Integration says when this drill has ended. */
function after(changes: Partial<FailoverDrillFacts>, verdict: 'Passed' | 'Failed' = 'Passed') {
  const status = { verdict, finishedAt: FINISHED } as FailoverDrillFacts['status']
  const drill = aDrill({ mode: 'Synthetic', ownerUid: integration.uid, status, ...changes })
  const world = anIntegrationWorld({ integration, surroundings: someSurroundings({ drills: [drill] }) })
  return reportDrills(world, integration, {}).status
}

describe('the drill that an Integration shows as its last one that passed', () => {
  it('is one of its schedule, in the mode of the schedule', () => {
    expect(after({}).lastPassedDrill).to.equal(FINISHED)
    expect(after({}, 'Failed').lastPassedDrill).to.equal(undefined)
  })

  it('is no dry run, for it placed no call', () => {
    expect(after({ mode: 'DryRun' }).lastPassedDrill).to.equal(undefined)
    expect(after({ mode: 'DryRun' }).lastDrill).to.include({ verdict: 'Passed/DryRun' })
  })

  it('is none that a person made', () => {
    expect(after({ ownerUid: '' }).lastPassedDrill).to.equal(undefined)
    expect(after({ ownerUid: 'uid-of-another' }).lastPassedDrill).to.equal(undefined)
    expect(after({ ownerUid: '' }).lastDrill).to.include({ verdict: 'Passed' })
  })
})

describe('the drill that an Integration shows as its last one', () => {
  const drillOf = (name: string, sequence?: number) => {
    const evidence = sequence !== undefined && { evidence: { configMap: name, sequence, digest: name } }
    const status = { verdict: 'Passed', finishedAt: FINISHED, ...evidence } as FailoverDrillFacts['status']
    return aDrill({ name, ownerUid: integration.uid, status })
  }
  const lastOf = (drills: FailoverDrillFacts[], before?: typeof integration.status) => {
    const own = { ...integration, ...(before && { status: before }) }
    const surroundings = someSurroundings({ drills })
    return reportDrills(anIntegrationWorld({ integration: own, surroundings }), own, {}).status.lastDrill?.name
  }

  it('is, of two that ended in the same second, the one whose record is the newer, in whatever order they are seen', () => {
    const [former, latter] = [drillOf('former', 1), drillOf('latter', 2)]
    expect(lastOf([former, latter])).to.equal('latter')
    expect(lastOf([latter, former])).to.equal('latter')
    expect(lastOf([former, drillOf('without-a-record-yet')])).to.equal('without-a-record-yet')
  })

  it('stays so when its object is gone and that of a former one of the same second is not', () => {
    const lastDrill = { name: 'latter', verdict: 'Passed', finishedAt: FINISHED }
    const before = { lastDrill, evidence: { records: 2, headDigest: 'latter' } } as typeof integration.status
    expect(lastOf([drillOf('former', 1)], before)).to.equal('latter')
    expect(lastOf([drillOf('newer', 3)], before)).to.equal('newer')
  })
})
