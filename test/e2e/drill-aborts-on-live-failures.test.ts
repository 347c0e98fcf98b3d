// @stage drill  @programs operator edge  @seconds 67
// @guard test/integration/edge/a-drill-of-real-calls.test.ts
import { expect } from 'chai'
import { useDrillStage } from '../harness/drill-stage.ts'
import { extent } from '../harness/extent.ts'
import { placeRealCalls } from '../harness/real-callers.ts'

const CALLS = extent('CALLS', { short: 2, whole: 17 })
/** Half of the time for which the transfer may ring, and a talk. */
const TALK_SECONDS = 30

describe('a drill with all real calls whose backup rings in an empty room', function () {
  this.timeout(600_000)
  const stage = useDrillStage()
  after(() => stage().agents('lyon', 'answer'))

  it('is Aborted, and the primary answers each caller in the same call', async () => {
    const { agents, begin, end, isIn, routeIsWell } = stage()
    await routeIsWell()
    agents('lyon', 'ring')
    await begin('empty-room', { mode: 'Full', holdSeconds: 120 })
    await isIn('empty-room', 'Holding')
    const calls = await placeRealCalls(stage(), { callsPerEdge: CALLS, seconds: TALK_SECONDS })
    const all = calls['live calls']
    expect(calls).to.deep.include({ paris: all, lyon: 0 })
    const status = await end('empty-room')
    expect(status, status.because).to.include({ verdict: 'Aborted' })
    expect(status.because).to.match(/the backup failed \d+ of \d+ real calls/)
    expect(calls.inVain, 'telephones that rang in vain').to.be.within(1, all)
    expect(status.realCalls!.rescued).to.be.greaterThan(0)
  })
})
