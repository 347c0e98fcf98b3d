// @seconds 13
import { expect } from 'chai'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { createLoopbackCaller, type LoopbackCaller } from '../../harness/loopback-caller.ts'
import { startSippTrunk, type SippTrunk, type SippTrunkOptions } from '../../harness/sipp-trunk.ts'
import { DESK, publishBot, startBotPod, toDesk, type BotPod } from './bot-stage.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 17
const [main, spare] = [loopback(NET, 41), loopback(NET, 42)]
const PROBE = { intervalSeconds: 1, timeoutMilliseconds: 1000, downAfter: 2, upAfter: 1 }
/** A telephone system that takes no SRTP, as the Integration says; a bot that offers it first all the same finds out. */
const TRUNK = { srtp: 'Disabled' } as const

/** The whole way: a caller, the edge's proxy, a bot pod, the edge's proxy again, and a client's trunks. Nothing stands in for a part. */
describe('a caller whom a bot puts through by the edge', function () {
  this.timeout(60_000)
  let stage: Stage
  let caller: LoopbackCaller
  let pod: BotPod | undefined
  let trunks: SippTrunk[] = []

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    caller = await createLoopbackCaller({ ca: stage.rig.authority.cert })
    await publishBot(
      stage,
      aTrunkGroup(
        [
          { host: main, ...TRUNK },
          { host: spare, ...TRUNK },
        ],
        { probe: PROBE, perTryMilliseconds: 700 },
      ),
    )
  })
  afterEach(async () => {
    await Promise.all(trunks.map((one) => one.stop()))
    trunks = []
    await pod?.stop()
    pod = undefined
  })
  after(async () => {
    await caller?.close()
    await stage?.stop()
  })

  const trunk = async (address: string, acts: SippTrunkOptions['acts']) => {
    const one = await startSippTrunk({ address, acts })
    trunks.push(one)
    await stage.untilTrunk(address, 'Up')
    return one
  }
  const openPod = async (media: Parameters<typeof startBotPod>[1]['media']) =>
    (pod = await startBotPod(stage, { media, steps: toDesk }))
  const dial = async () => {
    const call = await caller.call({ host: stage.rig.address, port: 5061, servername: EDGE_NAME, number: NUMBER })
    if (typeof call === 'number') throw new Error(`refused with ${call}`)
    return call
  }

  it('reaches the desk by the primary, and the desk hears it when the caller hangs up', async () => {
    await openPod(['Disabled'])
    const primary = await trunk(main, [180, { wait: 500 }, 200])
    const call = await dial()
    await eventually(() => expect(primary.rung()).to.have.lengthOf(1))
    expect(primary.invites()[0]).to.contain(`sip:${DESK}@`)
    expect(primary.headers()).not.to.match(/X-Callbot-Media/i)
    await pause(1_500)
    expect(primary.ended()).to.deep.equal([])
    await call.dialog.bye()
    await eventually(() => expect(primary.ended()).to.have.lengthOf(1))
  })

  it('reaches it by the backup when the primary can not, and is hung up when the desk hangs up', async () => {
    await openPod(['Disabled'])
    const [primary, backup] = [await trunk(main, [100, 503]), await trunk(spare, [180, 200, { wait: 500 }, 'bye'])]
    const call = await dial()
    expect(await call.ended).to.equal('remote')
    expect([primary.rung().length, backup.rung().length]).to.deep.equal([1, 1])
  })

  it('reaches it in the clear when the edge says that no trunk takes SRTP, and one asks for plain RTP', async () => {
    await openPod(['Preferred'])
    const primary = await trunk(main, [180, 200])
    const call = await dial()
    await eventually(() => expect(primary.rung()).to.have.lengthOf(1))
    expect(primary.headers()).to.contain('RTP/AVP').and.not.to.contain('RTP/SAVP')
    await call.dialog.bye()
    await eventually(() => expect(primary.ended()).to.have.lengthOf(1))
  })

  it('gives up while it rings, and nobody is left ringing', async () => {
    const { ended } = await openPod(['Disabled'])
    const primary = await trunk(main, [180, 'cancelled'])
    const call = await dial()
    await eventually(() => expect(primary.rung()).to.have.lengthOf(1))
    await pause(300)
    await call.dialog.bye()
    await eventually(() => expect(ended).to.deep.equal(['caller-hung-up none']))
  })

  it('reaches the emergency number when the desk does not answer, since the dialog has no other way', async () => {
    await openPod(['Disabled'])
    const primary = await trunk(main, [486])
    const call = await dial()
    await eventually(() => expect(primary.rung()).to.have.lengthOf(2))
    expect(primary.invites()[1]).to.contain('sip:+33199999999@')
    expect(await call.ended).to.equal('remote')
  })
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
