// @seconds 20
import { expect } from 'chai'
import { createEdgeMetrics } from '../../../src/edge/metrics.ts'
import { OUTCOMES } from '../../../src/edge/report/ended-calls.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import type { Script } from '../../harness/scripted-pod.ts'
import { aHelpedRoute, aRoute, aSlice, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 57
/** Of the objective: a call that nobody answers waits for three seconds. */
const ANSWER_SECONDS = 1

describe('a call to a bot is counted once, when its INVITE ends, by how it ended:', function () {
  this.timeout(60_000)
  let stage: Stage
  let epoch = 1
  const host = loopback(NET, 41)
  const metrics = createEdgeMetrics()

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    metrics.watch(stage.rig.proxy, stage.rig.agent)
    await publish()
  })
  after(() => stage?.stop())

  const publish = (route = aRoute(), ...pods: string[]) =>
    stage.rig.publish({
      ...stage.seen({ ...route, epoch: ++epoch, answerSeconds: ANSWER_SECONDS }),
      slices: [aSlice(Object.fromEntries(pods.map((address) => [address, 'zone-a'])))],
      trunks: route.fallback === undefined ? [] : [aTrunkGroup([{ host }], { epoch })],
    })
  /** The bot has this one pod from now on. */
  const serve = async (script: Script) => {
    const [pod] = stage.near
    await stage.pod(pod, script)
    await publish(aRoute(), pod)
    await stage.untilServed(pod)
  }

  async function counted(): Promise<Record<string, number>> {
    const text = await metrics.registry.metrics()
    const own = [...text.matchAll(/^callbot_edge_calls_total\{(.*)outcome="([a-z-]+)"\} (\d+)$/gm)]
    expect(own.map(([, labels]) => labels)).to.deep.equal(OUTCOMES.map(() => 'namespace="lilas",callbot="accueil",'))
    return Object.fromEntries(own.map(([, , outcome, calls]) => [outcome!, Number(calls)]))
  }

  /** Plays calls, after which the outcomes have grown by this and by nothing else. */
  async function expectCounted(grown: Record<string, number>, play: () => Promise<unknown>) {
    const before = await counted()
    await play()
    const wanted = Object.fromEntries(Object.entries(before).map(([key, was]) => [key, was + (grown[key] ?? 0)]))
    await eventually(async () => expect(await counted()).to.deep.equal(wanted), 5)
    // Not a second time by what comes after: a retransmission, a late answer, the end of the call.
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await counted()).to.deep.equal(wanted)
  }
  const call = async (status: number, o: { isPlain?: boolean } = {}) => {
    const attempt = stage.caller.invite(NUMBER, o)
    expect((await attempt.final()).status).to.equal(status)
    return attempt
  }

  it('every outcome is there from 0 on, before the first call', async () => {
    expect(Object.values(await counted())).to.deep.equal(OUTCOMES.map(() => 0))
  })

  it('bot: a pod answers', async () => {
    await serve([100, 180, 200])
    await expectCounted({ bot: 2 }, async () => {
      for (let calls = 0; calls < 2; calls++) {
        const attempt = await call(200)
        attempt.within('ACK')
        attempt.within('BYE')
      }
    })
  })

  it('late: the bot answers after answerSeconds of its objective', async () => {
    await serve([100, 180, { wait: ANSWER_SECONDS * 1_000 + 500 }, 200])
    await expectCounted({ late: 1 }, () => call(200))
  })

  it('bot, however long it takes, where the route has no objective', async () => {
    const [pod] = stage.near
    await stage.rig.publish({ ...stage.seen(aRoute(++epoch)), slices: [aSlice({ [pod]: 'zone-a' })] })
    await expectCounted({ bot: 1 }, () => call(200))
  })

  it('failed: a pod says that nobody will answer', async () => {
    await serve([100, 603])
    await expectCounted({ failed: 1 }, () => call(603))
  })

  it("refused: the caller's own offer is to blame", async () => {
    await serve([100, 488])
    await expectCounted({ refused: 1 }, () => call(488))
    const route = { ...aRoute(), media: { sipTransport: 'TLS' as const, srtp: 'Required' as const } }
    await publish(route, stage.near[0])
    await expectCounted({ refused: 1 }, () => call(403))
  })

  it('cancelled: the caller hangs up while there is time, and abandoned: after that, whether a pod rings or he waits for one', async () => {
    await serve([100, 180, { wait: 20_000 }, 200])
    const hangUpAfter = async (seconds: number, status: number) => {
      const attempt = stage.caller.invite(NUMBER)
      await attempt.status(status)
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
      attempt.cancel()
      expect((await attempt.final()).status).to.equal(487)
    }
    await expectCounted({ cancelled: 1 }, () => hangUpAfter(0.2, 180))
    await expectCounted({ abandoned: 1 }, () => hangUpAfter(ANSWER_SECONDS + 0.3, 180))
    await stage.noPod(stage.near[0])
    await publish()
    await stage.untilServed()
    await expectCounted({ cancelled: 1 }, () => hangUpAfter(0.2, 182))
    await expectCounted({ abandoned: 1 }, () => hangUpAfter(ANSWER_SECONDS + 0.3, 182))
  })

  it('turned-away: no pod takes it in time, and there is nobody else', async () => {
    await expectCounted({ 'turned-away': 1 }, () => call(503))
  })

  describe('where there is an emergency number', () => {
    let trunk: SippTrunk | undefined
    before(() => publish(aHelpedRoute()))
    afterEach(() => trunk?.stop())

    it('person: somebody answers there', async () => {
      trunk = await startSippTrunk({ address: host, acts: [180, 200] })
      await expectCounted({ person: 1 }, async () => {
        const attempt = await call(200)
        attempt.within('ACK')
        attempt.within('BYE')
      })
    })

    it('failed: the person is busy', async () => {
      trunk = await startSippTrunk({ address: host, acts: [180, 486] })
      await expectCounted({ failed: 1 }, () => call(486))
    })

    it('turned-away: nobody takes it there either', async () => {
      trunk = await startSippTrunk({ address: host, acts: [503] })
      await expectCounted({ 'turned-away': 1 }, () => call(503))
    })
  })

  it('and not at all for a number that no bot has, whoever calls it', async () => {
    await expectCounted({}, async () => {
      const attempt = stage.caller.invite('+33199999998')
      expect((await attempt.final()).status).to.equal(404)
    })
    const dump = await stage.rig.rpc.call('htable.dump', 'ended')
    expect(JSON.stringify(dump)).to.not.include('33199999998')
  })

  it('nothing of a bot is left in the proxy once its route is gone', async () => {
    await stage.rig.publish({ ...stage.seen(), routes: [] })
    await eventually(async () => expect((await stage.rig.proxy.ended())?.size).to.equal(0), 5)
  })
})
