// @seconds 36
import { expect } from 'chai'
import { canSetWallClocks, setWallClocks } from '../../../hack/cluster/wall-clock.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { eventually } from '../../harness/eventually.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import type { TrunkGroup } from '../../../src/rules/trunks.ts'
import { aHelpedRoute, BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

const [main, spare] = [loopback(11, 41), loopback(11, 42)]
const HOLD_SECONDS = 4

describe('calls return to a primary that was down', function () {
  this.timeout(60_000)
  let stage: Stage
  let bot: BotCaller
  let primary: SippTrunk
  let backup: SippTrunk
  let epoch = 1

  const publish = (mode: TrunkGroup['failover']['failback']['mode'], more: Partial<TrunkGroup> = {}) => {
    const { failover, ...group } = aTrunkGroup([{ host: main }, { host: spare }], { epoch: ++epoch, ...more })
    const trunks = [{ ...group, failover: { ...failover, failback: { mode, holdSeconds: HOLD_SECONDS } } }]
    return stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks })
  }
  /** By which trunk a call gets through now. */
  const way = async () => {
    const attempt = bot.call('+33144444444')
    const { status, text } = await attempt.final()
    expect(status).to.equal(200)
    attempt.within('ACK')
    attempt.within('BYE')
    return text.includes(`<sip:${main}`) ? 'main' : 'spare-1'
  }
  const told = () => stage.rig.told()
  const active = async () => (await told()).active[0]?.trunk
  /** The edge looks at its choice once a second. */
  const untilActive = (trunk: string) => eventually(async () => expect(await active()).to.equal(trunk), 2)
  const fail = async () => {
    primary.signal('SIGSTOP')
    await stage.untilTrunk(main, 'Down', 5)
  }
  const comeBack = async () => {
    primary.signal('SIGCONT')
    await stage.untilTrunk(main, 'Up', 5)
    return Date.now()
  }

  before(async () => {
    stage = await setStage(11, { values: [PATIENT] })
    bot = await startBotCaller(stage.rig, BOT, loopback(11, 11))
    primary = await startSippTrunk({ address: main, acts: [180, 200] })
    backup = await startSippTrunk({ address: spare, acts: [180, 200] })
  })
  after(async () => {
    bot?.close()
    await Promise.all([primary?.stop(), backup?.stop()])
    await stage?.stop()
  })

  it('are not held at the start: nothing was down', async () => {
    await publish('Automatic')
    await stage.untilTrunk(main, 'Up')
    await stage.untilTrunk(spare, 'Up')
    expect(await way()).to.equal('main')
    await untilActive('main')
  })

  it('after it answered for the time of the hold, with the agent dead too, and the edge says so', async () => {
    await fail()
    await untilActive('spare-1')
    await stage.rig.replaceAgent()
    const back = await comeBack()
    expect(await way()).to.equal('spare-1')
    expect(await active()).to.equal('spare-1')
    await eventually(async () => expect(await way()).to.equal('main'), 10)
    expect(Date.now() - back).to.be.within((HOLD_SECONDS - 1) * 1000, (HOLD_SECONDS + 3) * 1000)
    await untilActive('main')
  })

  it('and not once more when the wall clock is set back by an hour after that', async function () {
    if (!canSetWallClocks) return this.skip()
    await setWallClocks(stage.rig.proxies(), -3_600)
    expect(await way()).to.equal('main')
    await setWallClocks(stage.rig.proxies(), 0)
  })

  it('sooner when the backup is gone: a held trunk is better than none', async () => {
    await fail()
    await comeBack()
    backup.signal('SIGSTOP')
    await stage.untilTrunk(spare, 'Down', 5)
    expect(await way()).to.equal('main')
    await untilActive('main')
    backup.signal('SIGCONT')
    await stage.untilTrunk(spare, 'Up', 5)
  })

  it('only when a person says so, where that is asked for', async () => {
    await publish('Manual')
    await fail()
    await comeBack()
    await new Promise((resolve) => setTimeout(resolve, (HOLD_SECONDS + 1) * 1000))
    expect(await way()).to.equal('spare-1')
    if (canSetWallClocks) await setWallClocks(stage.rig.proxies(), -3_600)
    expect(await way()).to.equal('spare-1')
    if (canSetWallClocks) await setWallClocks(stage.rig.proxies(), 0)
    await publish('Manual', { failbackTo: 'main' })
    expect(await way()).to.equal('main')
    await untilActive('main')
  })

  it('and each change of the trunks is seen from outside within 5 s', async () => {
    const states = async () => Object.fromEntries((await told()).trunks.map(({ trunk, state }) => [trunk, state]))
    expect(await states()).to.deep.equal({ main: 'Up', 'spare-1': 'Up' })
    const begun = Date.now()
    primary.signal('SIGSTOP')
    await eventually(async () => expect(await states()).to.deep.equal({ main: 'Down', 'spare-1': 'Up' }), 10)
    expect(Date.now() - begun).to.be.lessThan(patient(5_000))
  })

  it('and what the edge says of the trunk in use is what a call gets, also between two probes: when a connection breaks, and is back', async () => {
    const overTcp = { host: loopback(11, 43), name: 'wire', transport: 'TCP' as const }
    const start = () => startSippTrunk({ address: overTcp.host, acts: [180, 200], transport: 'TCP' })
    let wire = await start()
    const { failover, ...group } = aTrunkGroup([overTcp, { host: spare, name: 'spare-1', role: 'Backup' }], {
      epoch: ++epoch,
      probe: { intervalSeconds: 6, timeoutMilliseconds: 1_000, downAfter: 2, upAfter: 1 },
    })
    await stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks: [{ ...group, failover }] })
    await stage.untilTrunk(overTcp.host, 'Up')
    await untilActive('wire')
    const through = async () => {
      const attempt = bot.call('+33144444444')
      const { status, text } = await attempt.final()
      expect(status).to.equal(200)
      attempt.within('ACK')
      attempt.within('BYE')
      return text.includes(`<sip:${overTcp.host}`) ? 'wire' : 'spare-1'
    }
    expect(await through()).to.equal('wire')
    await wire.stop()
    expect(await through()).to.equal('spare-1')
    await untilActive('spare-1')
    expect((await told()).trunks[0]!.state).to.equal('Down')
    await stage.untilTrunk(overTcp.host, 'Up', 0) // by its probes, which have not found out yet
    wire = await start()
    await eventually(async () => expect(await active()).to.equal('wire'), 15)
    expect((await told()).trunks[0]!.state).to.equal('Up')
    expect(await through()).to.equal('wire')
    await wire.stop()
  })
})
