// @seconds 5
import { expect } from 'chai'
import { startBotCaller } from '../../harness/bot-caller.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, aSlice, BOT, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const DESK = '+33144444444'
const NET = 35
const [host, elsewhere] = [loopback(NET, 41), loopback(NET, 60)]

describe("the certificate of a bot's pod", function () {
  this.timeout(60_000)
  let stage: Stage
  let trunk: SippTrunk
  const trunks = [aTrunkGroup([{ host }])]
  const publish = (pods = [...stage.near, stage.far]) => {
    const slices = [aSlice(Object.fromEntries(pods.map((address) => [address, 'zone-a'])))]
    return stage.rig.publish({ ...stage.seen(aHelpedRoute()), slices, trunks })
  }
  const statusFrom = async (address: string) => {
    const bot = await startBotCaller(stage.rig, BOT, address)
    try {
      const attempt = bot.call(DESK)
      const { status } = await attempt.final()
      if (status === 200) for (const method of ['ACK', 'BYE']) attempt.within(method)
      return status
    } finally {
      bot.close()
    }
  }

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    await publish()
    trunk = await startSippTrunk({ address: host, acts: [180, 200] })
    await stage.pod(stage.near[0])
    await stage.untilServed(stage.near[0])
    await stage.untilTrunk(host, 'Up')
  })
  after(async () => {
    await trunk?.stop()
    await stage?.stop()
  })

  it('that is stolen calls nobody from an address that is none of its pods, and is rejected with 503', async () => {
    expect(await statusFrom(elsewhere)).to.equal(503)
    expect(trunk.rung()).to.deep.equal([])
    expect(stage.rig.said()).to.include('from an address that is none of its pods')
  })

  it("that is stolen says nothing in a call of the pod's own, whose routes it has learned", async () => {
    const bot = await startBotCaller(stage.rig, BOT, stage.near[0])
    const attempt = bot.call(DESK, { contact: `sip:accueil@${stage.near[0]}:5061;transport=tls` })
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    const ok = attempt.heard.find(({ status }) => status === 200)!
    const thief = await startBotCaller(stage.rig, BOT, elsewhere)
    const stolen = thief.call(DESK)
    await stolen.final()
    stolen.heard.splice(0, Infinity, ok)
    const [callId] = /^Call-ID: (.*)\r$/m.exec(ok.text)!.slice(1)
    stolen.within('BYE', { callId: callId!, cseq: 9 })
    await eventually(() => expect(stolen.answers.map(({ status }) => status)).to.deep.equal([403]))
    expect(trunk.ended()).to.deep.equal([])
    attempt.within('BYE', { cseq: 10 })
    await eventually(() => expect(trunk.ended(), 'the pod itself is heard').to.have.lengthOf(1))
    for (const each of [bot, thief]) each.close()
  })

  it('calls from each of its pods: one that is not ready yet, one that leaves, and after a restart of the proxy', async () => {
    const slice = aSlice({ [stage.near[0]]: 'zone-a', [stage.near[1]]: 'zone-a', [stage.far]: 'zone-b' })
    const [, starting, leaving] = slice.endpoints
    starting!.ready = false
    Object.assign(leaving!, { ready: false, terminating: true })
    await stage.rig.publish({ ...stage.seen(aHelpedRoute()), slices: [slice], trunks })
    for (const address of [stage.near[1], stage.far]) expect(await statusFrom(address), address).to.equal(200)
    await stage.rig.stopProxy()
    await stage.rig.startProxy()
    await stage.untilTrunk(host, 'Up')
    for (const address of [stage.near[1], stage.far]) expect(await statusFrom(address), address).to.equal(200)
  })

  it('calls from where the edge sent a call, also when Kubernetes has forgotten that pod', async () => {
    await publish()
    await stage.untilServed(stage.near[0])
    expect((await stage.caller.invite(NUMBER).final()).status).to.equal(200)
    await publish([stage.near[1]])
    expect(await statusFrom(stage.near[0]), 'a call of it may be up').to.equal(200)
    expect(await statusFrom(stage.far), 'none was sent there').to.equal(503)
  })
})
