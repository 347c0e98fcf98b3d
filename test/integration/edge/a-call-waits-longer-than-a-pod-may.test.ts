// @seconds 5
import { expect } from 'chai'
import { NUMBER, setStage, type Stage } from './stage.ts'

/** Shorter than a caller waits between two looks for a pod: as long as those are on a machine that has no time for the proxy. */
const IMPATIENT = 'edge.failover.podSilenceMilliseconds=200'

describe('a caller who waits for a pod', function () {
  this.timeout(60_000)
  let stage: Stage

  before(async () => {
    stage = await setStage(19, { values: [IMPATIENT] })
    await stage.rig.publish(stage.seen())
  })
  after(() => stage?.stop())

  it('waits on, however little time a pod has to answer', async () => {
    const attempt = stage.caller.invite(NUMBER)
    expect((await attempt.status(182)).status).to.equal(182)
    const { status, atMs } = await attempt.final()
    expect(status).to.equal(503)
    expect(atMs).to.be.greaterThan(2_500)
  })
})
