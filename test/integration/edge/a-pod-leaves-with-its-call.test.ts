// @seconds 22
import { expect } from 'chai'
import { pause } from '../../../hack/cluster/shell.ts'
import { eventually } from '../../harness/eventually.ts'
import { aSlice, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

/** Longer than a proof of identity lasts that no probe renews. */
const LONG_MS = 12_000

describe('a pod that leaves with its last call', function () {
  this.timeout(60_000)
  let stage: Stage

  before(async () => {
    stage = await setStage(9, { values: [PATIENT] })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.near[0])
    await stage.untilServed(stage.near[0])
  })
  after(() => stage?.stop())

  it('hears the caller hang up, long after the edge sends it no more calls', async () => {
    const attempt = stage.caller.invite(NUMBER)
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    const slice = aSlice({ [stage.near[0]]: 'zone-a' })
    const leaving = slice.endpoints.map((endpoint) => ({ ...endpoint, ready: false, terminating: true }))
    await stage.rig.publish({ ...stage.seen(), slices: [{ ...slice, endpoints: leaving }] })
    expect((await stage.caller.invite(NUMBER).final(20)).status).to.equal(503)
    await pause(LONG_MS)
    attempt.within('BYE')
    await eventually(() => {
      expect(stage.heardBy(stage.near[0]).map(({ method }) => method)).to.include('BYE')
    })
  })
})
