// @tier check  @stage drill  @seconds 33
import { expect } from 'chai'
import { useDrillStage } from '../harness/drill-stage.ts'
import { eventually } from '../harness/eventually.ts'

/** Until the operator has seen it and edges have its order; then the status says so. */
const GONE_SECONDS = 1
const SHOWN_SECONDS = 5

describe('the kill switch of the installation', function () {
  this.timeout(300_000)
  const stage = useDrillStage()
  afterEach(() => stage().stopAll(false))

  it('stops a drill that runs within 1 s, and lets none begin', async () => {
    const { begin, beginUntil, end, stopAll } = stage()
    const fault = await beginUntil('stopped', 'Detected')
    expect(await fault.count(), 'edges with the fault').to.equal(3)
    await stopAll(true)
    const seconds = await fault.secondsUntilGone(GONE_SECONDS)
    console.log(`      the fault was gone ${seconds.toFixed(2)} s after the switch was set`)
    expect(await end('stopped', SHOWN_SECONDS)).to.include({ verdict: 'Aborted' })
    await begin('forbidden')
    expect(await end('forbidden', SHOWN_SECONDS)).to.include({ verdict: 'Skipped' })
  })

  it('is one of two: desiredState stops the one drill', async () => {
    const { abort, beginUntil, end } = stage()
    const fault = await beginUntil('aborted', 'Injected')
    await eventually(async () => expect(await fault.count()).to.be.greaterThan(0), 5)
    await abort('aborted')
    await fault.secondsUntilGone(GONE_SECONDS)
    expect(await end('aborted', SHOWN_SECONDS)).to.include({ verdict: 'Aborted', because: 'desiredState is Abort.' })
  })
})
