// @seconds 5
import { expect } from 'chai'
import { eventually } from '../../harness/eventually.ts'
import type { ScriptedPod } from '../../harness/scripted-pod.ts'
import { aRoute, BOT, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

describe('a call through an edge', function () {
  this.timeout(60_000)
  let stage: Stage
  let pods: ScriptedPod[]
  const invites = (pod: ScriptedPod) => pod.events.filter(({ method }) => method === 'INVITE')

  before(async () => {
    stage = await setStage(2, { values: [PATIENT] })
    await stage.rig.publish(stage.seen())
    pods = await Promise.all([...stage.near, stage.far].map((address) => stage.pod(address)))
    await stage.untilServed(...stage.near, stage.far)
  })
  after(() => stage?.stop())

  it('goes to the pods of its own zone, by turns', async () => {
    for (let call = 0; call < 6; call++) expect((await stage.caller.invite(NUMBER).final()).status).to.equal(200)
    expect(pods.map((pod) => invites(pod).length)).to.deep.equal([3, 3, 0])
  })

  it('names the bot in the request, so that a pod can tell whose call it is', () => {
    expect(invites(pods[0]!)[0]?.uri).to.equal(`sip:${NUMBER}@${BOT}`)
  })

  it('finds its number in every way that carriers write one', async () => {
    for (const written of ['33100000001', '0033100000001', '+33-1.00(00)0001', '+33100000001;phone-context=x']) {
      expect((await stage.caller.invite(written).final()).status, written).to.equal(200)
    }
  })

  it('keeps its dialog on the way that it came', async () => {
    const attempt = stage.caller.invite(NUMBER)
    const { text } = await attempt.final()
    const call = /^Call-ID: (.*?)\r?$/im.exec(text)![1]
    const heard = () => pods.flatMap((pod) => pod.events).filter((event) => event.call === call)
    const methods = () => heard().map(({ method }) => method)
    attempt.within('ACK')
    await eventually(() => expect(methods()).to.deep.equal(['INVITE', 'ACK']))
    attempt.within('BYE')
    await eventually(() => expect(methods()).to.deep.equal(['INVITE', 'ACK', 'BYE']))
  })

  it('moves to the other zones when its own has none left, and comes back', async () => {
    await stage.noPod(...stage.near)
    await stage.untilServed(stage.far)
    const before = invites(pods[2]!).length
    for (let call = 0; call < 3; call++) expect((await stage.caller.invite(NUMBER).final()).status).to.equal(200)
    expect(invites(pods[2]!).length).to.equal(before + 3)
    const back = await stage.pod(stage.near[0])
    await stage.untilServed(stage.near[0], stage.far)
    await stage.caller.invite(NUMBER).final()
    expect(invites(back)).to.have.lengthOf(1)
  })

  it('meets a new number as soon as it is published, and an old one no more', async () => {
    await stage.rig.publish(stage.seen(aRoute(2, ['+33100000002'])))
    expect((await stage.caller.invite('+33100000002').final()).status).to.equal(200)
    expect((await stage.caller.invite(NUMBER).final()).status).to.equal(404)
  })
})
