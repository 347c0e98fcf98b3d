// @seconds 35
import { expect } from 'chai'
import { canSetWallClocks, setWallClocks } from '../../../hack/cluster/wall-clock.ts'
import { pause } from '../../../src/runtime/clock.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { eventually } from '../../harness/eventually.ts'
import { startTlsCaller } from '../../harness/plain-caller.ts'
import { NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const HOUR = 3_600
/** Longer than what a lifetime of an hour would have beyond the hour. */
const QUIET_MS = 6_000
/** The proxy compares its timers with the wall clock every five seconds. */
const LOOK_MS = 8_000

describe('the wall clock of an edge', function () {
  this.timeout(120_000)
  let stage: Stage

  before(async function () {
    if (!canSetWallClocks) return this.skip()
    stage = await setStage(48, { values: [PATIENT] })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.far)
    await stage.untilServed(stage.far)
  })
  after(() => stage?.stop())

  for (const [what, seconds] of [
    ['ahead', HOUR],
    ['back', 0],
  ] as const)
    it(`is set ${what} by an hour, and a call that stands keeps its connection`, async () => {
      const caller = await startTlsCaller(stage.rig.address, { rejectUnauthorized: false })
      const call = caller.invite(NUMBER)
      expect((await call.final()).status).to.equal(200)
      call.within('ACK')
      await pause(clock, QUIET_MS)
      await setWallClocks(stage.rig.proxies(), seconds)
      await pause(clock, LOOK_MS)
      call.within('BYE')
      await eventually(() => expect(call.answers.map(({ status }) => status)).to.deep.equal([200]), 5)
      caller.close()
    })
})
