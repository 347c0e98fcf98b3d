// @seconds 5
import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { pause } from '../../../hack/cluster/shell.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { startEdgeRig, type EdgeRig } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { type Attempt, startPlainCaller, type PlainCaller } from '../../harness/plain-caller.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, BOT, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 39
const FIRST = loopback(NET, 1)
const OTHER = loopback(NET, 6)
const STRANGER = loopback(NET, 7)
const TRUNK = loopback(NET, 41)
const DESK = '+33144444444'
const PROBE = { intervalSeconds: 1, timeoutMilliseconds: 1_000, downAfter: 2, upAfter: 1 }

/** The first edge is killed; the other one has its key, and a third one a key of its own. */
describe('a call whose edge is gone', function () {
  this.timeout(120_000)
  let stage: Stage
  let [other, stranger]: EdgeRig[] = []
  let trunk: SippTrunk
  const bots: BotCaller[] = []
  const callers: PlainCaller[] = []
  let byBot: Attempt
  let byBotToo: Attempt
  let byCaller: Attempt

  before(async () => {
    const routeKey = randomBytes(32).toString('hex')
    const values = [PATIENT]
    stage = await setStage(NET, { values, routeKey, publicAddress: FIRST })
    const { authority } = stage.rig
    other = await startEdgeRig({ values, authority, routeKey, address: OTHER, publicAddress: OTHER })
    stranger = await startEdgeRig({ values, authority, address: STRANGER, publicAddress: STRANGER })
    const [pod] = stage.near
    const edges = [stage.rig, other, stranger]
    const trunks = [aTrunkGroup([{ host: TRUNK, srtp: 'Disabled' }], { epoch: 2, probe: PROBE })]
    for (const edge of edges) await edge.publish({ ...stage.seen(aHelpedRoute()), trunks })
    trunk = await startSippTrunk({ address: TRUNK, acts: [180, 200, 'may be offered again'] })
    await stage.pod(pod)
    await stage.untilServed(pod)
    await stage.untilTrunk(TRUNK, 'Up')
    for (const edge of edges) {
      bots.push(await startBotCaller(edge, BOT, pod))
      callers.push(await startPlainCaller(loopback(NET, 2), edge.address))
    }
    byBot = bots[0]!.call(DESK, { media: 'Plain' })
    byBotToo = bots[0]!.call(DESK, { media: 'Plain' })
    byCaller = callers[0]!.invite(NUMBER)
    for (const attempt of [byBot, byBotToo, byCaller]) {
      expect((await attempt.final()).status).to.equal(200)
      attempt.within('ACK')
    }
    await pause(500) // the ACKs are through
    await stage.rig.stopProxy()
    await stage.rig.relay!.stop()
    for (const edge of [other, stranger])
      await eventually(async () => {
        const pods = await edge.proxy.pods()
        expect(pods.filter(({ isActive }) => isActive)).to.have.lengthOf(1)
      }, 15)
  })
  after(async () => {
    for (const each of [...bots, ...callers]) each.close()
    await trunk?.stop()
    await Promise.all([other?.stop(), stranger?.stop()])
    await stage?.stop()
  })

  /** The routes of the call, as they lead by an edge at another address. */
  const routesBy = (attempt: Attempt, from: string, to: string) => {
    const text = attempt.heard.find(({ status }) => status === 200)!.text
    const recorded = [...text.matchAll(/^Record-Route: *(.*?)\r?$/gim)].map(([, value]) => value!)
    expect(recorded).to.have.lengthOf(1)
    return recorded.map((value) => value.replace(from, to))
  }

  it('is nothing to an edge with another key: nobody can make up a way through', async () => {
    byBot.within('BYE', { routes: routesBy(byBot, FIRST, STRANGER), by: bots[2]!, cseq: 2 })
    byCaller.within('BYE', { routes: routesBy(byCaller, FIRST, STRANGER), by: callers[2]!, cseq: 2 })
    await pause(1_500)
    expect(trunk.ended()).to.deep.equal([])
    expect(stage.heardBy(stage.near[0]).map(({ method }) => method)).not.to.include('BYE')
  })

  it('goes on by another edge with the same key: its pod offers media, which passes the relay of that edge', async () => {
    byBot.within('INVITE', { routes: routesBy(byBot, FIRST, OTHER), by: bots[1]!, cseq: 3 })
    await eventually(async () => expect(await other!.relay!.sessions()).to.equal(1))
    await eventually(() => expect(trunk.headers()).to.include(`c=IN IP4 ${OTHER}`))
  })

  it('ends by that edge, whoever hangs up', async () => {
    byBotToo.within('BYE', { routes: routesBy(byBotToo, FIRST, OTHER), by: bots[1]!, cseq: 3 })
    await eventually(() => expect(trunk.ended()).to.have.lengthOf(1))
    byCaller.within('BYE', { routes: routesBy(byCaller, FIRST, OTHER), by: callers[1]!, cseq: 4 })
    await eventually(() => expect(stage.heardBy(stage.near[0]).map(({ method }) => method)).to.include('BYE'))
  })
})
