// @seconds 11
import { expect } from 'chai'
import type { Script } from '../../harness/scripted-pod.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startSippTrunk } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, aSlice, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

/** More than an edge asks for one call before it lets the caller wait. */
const NEAR_PODS = 8
const FULL: Script = [503]

describe('a zone whose pods have no place left', function () {
  this.timeout(60_000)
  const near = Array.from({ length: NEAR_PODS }, (_, index) => loopback(10, 31 + index))
  let stage: Stage

  before(async () => {
    stage = await setStage(10, { values: [PATIENT] })
    const pods = Object.fromEntries([...near.map((address) => [address, 'zone-a']), [stage.far, 'zone-b']])
    await stage.rig.publish({ ...stage.seen(), slices: [aSlice(pods)] })
    await Promise.all([...near.map((address) => stage.pod(address, FULL)), stage.pod(stage.far)])
    await stage.untilServed(...near, stage.far)
  })
  after(() => stage?.stop())

  it('overflows to the other zones, however many pods it has, while the caller waits', async () => {
    const { status } = await stage.caller.invite(NUMBER).final()
    expect(status).to.equal(200)
  })

  it('costs the callers who come next no time', async () => {
    for (let call = 0; call < 3; call++) {
      const { status, atMs } = await stage.caller.invite(NUMBER).final()
      expect(status).to.equal(200)
      expect(atMs).to.be.below(patient(400))
    }
  })

  it('gets calls again as soon as it has a place', async () => {
    await stage.pod(near[0]!)
    await stage.untilServed(...near, stage.far)
    const before = stage.heardBy(near[0]!).length
    for (let call = 0; call < 10; call++) {
      const attempt = stage.caller.invite(NUMBER)
      expect((await attempt.final()).status).to.equal(200)
    }
    expect(stage.heardBy(near[0]!).length).to.be.greaterThan(before)
  })

  it('lets callers wait and then turns them away in order when every pod of every zone is full', async () => {
    const far = Array.from({ length: NEAR_PODS }, (_, index) => loopback(10, 51 + index))
    const pods = Object.fromEntries([
      ...near.map((address) => [address, 'zone-a']),
      ...far.map((address) => [address, 'zone-b']),
    ])
    await stage.rig.publish({ ...stage.seen(), slices: [aSlice(pods)] })
    await Promise.all([stage.pod(near[0]!, FULL), ...far.map((address) => stage.pod(address, FULL))])
    await stage.untilServed(...near, ...far)
    const attempt = stage.caller.invite(NUMBER)
    const { status, atMs, text } = await attempt.final(20)
    expect(status).to.equal(503)
    expect(text).to.match(/^Retry-After: 10\r?$/m)
    expect(atMs).to.be.within(2_500, 4_500)
    expect(attempt.heard.map((heard) => heard.status)).to.deep.equal([100, 182, 503])
  })

  it('puts callers of a full bot through to the emergency number, however many pods were asked before', async () => {
    const far = Array.from({ length: NEAR_PODS }, (_, index) => loopback(10, 51 + index))
    const pods = Object.fromEntries([
      ...near.map((address) => [address, 'zone-a']),
      ...far.map((address) => [address, 'zone-b']),
    ])
    const host = loopback(10, 71)
    const trunk = await startSippTrunk({ address: host, acts: [180, 200] })
    const trunks = [aTrunkGroup([{ host }])]
    await stage.rig.publish({ ...stage.seen(aHelpedRoute(2)), slices: [aSlice(pods)], trunks })
    await stage.untilServed(...near, ...far)
    for (let call = 0; call < 3; call++) {
      const attempt = stage.caller.invite(NUMBER)
      const { status } = await attempt.final(20)
      expect(status).to.equal(200)
      attempt.within('ACK')
      attempt.within('BYE')
    }
    await trunk.stop()
  })
})
