// @seconds 12
import { expect } from 'chai'
import { pause } from '../../../hack/cluster/shell.ts'
import { mediaHandlers } from '../../../src/telephony/renegotiate.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { longReading } from '../../harness/long-reading.ts'
import {
  createLoopbackCaller,
  redirect,
  type LoopbackCall,
  type LoopbackCaller,
} from '../../harness/loopback-caller.ts'
import { startTcpProxy, type TcpProxy } from '../../harness/tcp-proxy.ts'
import { BEHIND_RELAY, publishBot, startBotPod, type BotPod } from './bot-stage.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 59
/** A pod offers media again after 2 s without any. */
const AWAY_MS = 9_000

describe('a caller who is away for a moment, with his media and his connection,', function () {
  this.timeout(120_000)
  let stage: Stage
  let caller: LoopbackCaller
  let pod: BotPod
  let wire: TcpProxy
  let call: LoopbackCall

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT], publicAddress: loopback(NET, 1) })
    caller = await createLoopbackCaller({ ca: stage.rig.authority.cert })
    wire = await startTcpProxy(`tcp://${stage.rig.address}:5061`)
    await publishBot(stage, aTrunkGroup([{ host: loopback(NET, 41), srtp: 'Disabled' }]))
    const { steps } = longReading(120).inline
    pod = await startBotPod(stage, { ...BEHIND_RELAY, steps })
    const port = Number(new URL(wire.url).port)
    const placed = await caller.call({ port, servername: EDGE_NAME, number: NUMBER, isMute: true })
    if (typeof placed === 'number') throw new Error(`refused with ${placed}`)
    call = placed
    call.dialog.handle(mediaHandlers(call.session))
  })
  after(async () => {
    await call?.dialog.bye()
    await pod?.stop()
    await caller?.close()
    await wire?.close()
    await stage?.stop()
  })

  it('answers the offer of the pod when he is back, and it ends no call', async () => {
    wire.stall()
    await pause(AWAY_MS)
    const offers = () => pod.log.filter((line) => line.includes('it was offered again'))
    expect(offers(), 'answered').to.deep.equal([])
    wire.resume()
    call.session.start()
    await eventually(() => expect(offers()).to.have.lengthOf(1), 10)
    expect(offers()[0]).to.include('"status":200')
    // An offer of his own waits until the pod has acknowledged his answer.
    await redirect(call, 'sendrecv')
    const before = call.heard.length
    await eventually(() => expect(call.heard.length).to.be.above(before + 50), 10)
    expect([pod.ended, call.dialog.isEnded]).to.deep.equal([[], false])
  })
})
