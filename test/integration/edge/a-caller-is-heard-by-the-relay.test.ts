// @seconds 5
import { expect } from 'chai'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { createLoopbackCaller, type LoopbackCaller } from '../../harness/loopback-caller.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { vowels } from '../../harness/vowels.ts'
import { publishBot, startBotPod, toDesk, type BotPod } from './bot-stage.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 32
const DESK = loopback(NET, 41)
const PROBE = { intervalSeconds: 1, timeoutMilliseconds: 1000, downAfter: 2, upAfter: 1 }

/** Four legs by the relay: caller (SRTP), pod, pod again, and a telephone that sends back what it hears (RTP). */
describe('a caller and a person, each behind the relay of an edge', function () {
  this.timeout(120_000)
  let stage: Stage
  let caller: LoopbackCaller
  let pod: BotPod
  let desk: SippTrunk

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT], publicAddress: loopback(NET, 1) })
    caller = await createLoopbackCaller({ ca: stage.rig.authority.cert })
    await publishBot(stage, aTrunkGroup([{ host: DESK, srtp: 'Disabled' }], { probe: PROBE }))
    pod = await startBotPod(stage, { media: ['Disabled'], steps: toDesk })
    desk = await startSippTrunk({ address: DESK, acts: [180, 200], echoes: true })
    await stage.untilTrunk(DESK, 'Up')
  })
  after(async () => {
    await desk?.stop()
    await pod?.stop()
    await caller?.close()
    await stage?.stop()
  })

  it('hear each other, by the ports that the chart names, and the sessions end with the call', async () => {
    const call = await caller.call({ host: stage.rig.address, port: 5061, servername: EDGE_NAME, number: NUMBER })
    if (typeof call === 'number') throw new Error(`refused with ${call}`)
    await eventually(() => expect(desk.rung()).to.have.lengthOf(1), 20)
    expect(Buffer.from(call.dialog.remoteBody!.content).toString(), 'what the caller gets').to.match(
      /m=audio 20[01][0-9]{2} /,
    )
    const sdp = desk.headers()
    expect(sdp)
      .to.include(`c=IN IP4 ${stage.rig.address}`)
      .and.match(/m=audio 20[01][0-9]{2} /)
    expect(await stage.rig.relay!.sessions()).to.equal(2)
    await eventually(async () => {
      call.say(vowels(1))
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      expect(call.heard.filter(({ loudness }) => loudness > 200).length).to.be.above(25)
    }, 30)
    await call.dialog.bye()
    await eventually(() => expect(desk.ended()).to.have.lengthOf(1), 20)
    await eventually(async () => expect(await stage.rig.relay!.sessions()).to.equal(0), 20)
  })
})
