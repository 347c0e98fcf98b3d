// @stage drill  @programs operator edge
// @guard test/integration/edge/a-drill-of-real-calls.test.ts
import { expect } from 'chai'
import { useDrillStage } from '../harness/drill-stage.ts'
import { extent, needsWholeForm } from '../harness/extent.ts'
import { placeRealCalls } from '../harness/real-callers.ts'

/** Real callers at each edge, one a second: a full machine is heard in the test calls beside them. */
const CALLS = extent('CALLS', { short: 2, whole: 10 })
const TALK_SECONDS = 15

describe('a drill with all real calls', function () {
  this.timeout(600_000)
  before(function () {
    needsWholeForm(this)
  })
  const stage = useDrillStage()

  it('is Inconclusive when nobody called during the fault', async () => {
    const { begin, end, routeIsWell } = stage()
    await routeIsWell()
    await begin('nobody', { mode: 'Full' })
    const status = await end('nobody')
    expect(status, status.because).to.include({ verdict: 'Inconclusive', state: 'Verified' })
    expect(status.because).to.match(/the backup answered no real call/)
    expect(status.realCalls).to.deep.equal({ met: 0, answered: 0, unanswered: 0, rescued: 0, spared: 0 })
  })

  it('passes when the backup has answered each of them, and the agents of the primary none', async () => {
    const { begin, end, isIn, routeIsWell } = stage()
    await routeIsWell()
    await begin('everybody', { mode: 'Full', holdSeconds: 45 })
    await isIn('everybody', 'Holding')
    const calls = await placeRealCalls(stage(), { callsPerEdge: CALLS, perSecond: 1, seconds: TALK_SECONDS })
    expect(calls).to.deep.include({ paris: 0, lyon: calls['live calls'], inVain: 0 })
    const status = await end('everybody')
    expect(status, status.because).to.include({ verdict: 'Passed' })
    const met = calls['live calls']
    expect(status.realCalls).to.deep.equal({ met, answered: met, unanswered: 0, rescued: 0, spared: 0 })
  })
})
