// @seconds 5
import { expect } from 'chai'
import { aRoute, aSlice, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

describe('a caller for whom there is no pod', function () {
  this.timeout(60_000)
  let stage: Stage

  before(async () => {
    stage = await setStage(3, { values: [PATIENT] })
    await stage.rig.publish(stage.seen())
  })
  after(() => stage?.stop())

  it('hears 182 at once, and after 3 s that he may try again', async () => {
    const attempt = stage.caller.invite(NUMBER)
    expect((await attempt.status(182)).atMs).to.be.lessThan(patient(1_000))
    const { status, atMs, text } = await attempt.final()
    expect(status).to.equal(503)
    expect(text).to.match(/^Retry-After: 10\r?$/m)
    expect(atMs).to.be.within(2_800, 5_000)
  })

  it('is answered when a pod comes meanwhile', async () => {
    await stage.pod(stage.far)
    await stage.rig.publish({ ...stage.seen(aRoute(2)), slices: [] })
    const attempt = stage.caller.invite(NUMBER)
    await attempt.status(182)
    await stage.rig.publish(stage.seen(aRoute(2)))
    const { status } = await attempt.final()
    expect(status).to.equal(200)
    await stage.noPod(stage.far)
  })

  it('may give up: his CANCEL ends the wait', async () => {
    await stage.untilServed()
    const attempt = stage.caller.invite(NUMBER)
    await attempt.status(182)
    attempt.cancel()
    const { status, atMs } = await attempt.final()
    expect(status).to.equal(487)
    expect(atMs).to.be.lessThan(patient(2_500))
  })

  it('waits in the same way when all pods are full', async () => {
    const [full, free] = stage.near
    await stage.pod(full, [503])
    await stage.pod(free)
    await stage.rig.publish({ ...stage.seen(aRoute(3)), slices: [aSlice({ [full]: 'zone-a' })] })
    await stage.untilServed(full)
    const attempt = stage.caller.invite(NUMBER)
    await attempt.status(182)
    await stage.rig.publish(stage.seen(aRoute(3)))
    expect((await attempt.final()).status).to.equal(200)
  })
})
