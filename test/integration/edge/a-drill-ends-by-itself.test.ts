// @seconds 32
import { expect } from 'chai'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { unpackFaketime } from '../../../hack/calls/debian.ts'
import { replaceFile } from '../../../src/edge/apply/replace-file.ts'
import type { DrillOrder } from '../../../src/rules/drill/order.ts'
import { pause } from '../../../src/runtime/clock.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { anOrder, markedCall } from '../../harness/driller.ts'
import { startEdgeAgent, type EdgeAgent } from '../../harness/edge-agent.ts'
import { eventually } from '../../harness/eventually.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

const NET = 36
const [main, spare] = [loopback(NET, 41), loopback(NET, 42)]
/** N8: whatever dies, everything is back to normal after so long. */
const LONGEST_MS = 4_000
const HOUR = 3_600

/** The proxy's wall clock is libfaketime's, which reads its offset each time; its monotonic clock is the machine's. */
describe('the fault of a drill ends by itself', function () {
  this.timeout(90_000)
  const clockFile = join(tmpdir(), `callbot-clock-${process.pid}`)
  let stage: Stage
  let bot: BotCaller
  let agent: EdgeAgent
  let primary: SippTrunk
  let backup: SippTrunk
  const table: string[] = []

  /** Whole: a half of it would end the proxy. */
  const step = (seconds: number) => replaceFile(clockFile, `${seconds < 0 ? '' : '+'}${seconds}s\n`, 0o644)
  const order = async (change: Partial<DrillOrder> = {}) => agent.order(anOrder(await agent.nonce(), change))
  /** What a bot's test call meets: `Fault`, the backup answers; `Well`, the primary does; `None`, 503. */
  const meets = async () => {
    const call = markedCall(bot)
    const { status, text } = await call.final()
    if (status === 503) return 'None'
    call.within('ACK')
    call.within('BYE')
    return text.includes(`<sip:${main}`) ? 'Well' : 'Fault'
  }
  const inject = async () => {
    await eventually(async () => {
      expect((await order({ fault: 'Disconnect' }))!.status).to.equal(200)
      expect(await meets()).to.equal('Fault')
    }, 15)
    expect((await order({ fault: 'Disconnect' }))!.status).to.equal(200)
    return clock.monotonic()
  }
  const expectBackAfter = async (what: string, last: number) => {
    let met = last
    await eventually(async () => {
      const placed = clock.monotonic()
      const found = await meets()
      if (found !== 'None') met = placed
      expect(found).to.equal('None')
    }, 8)
    const back = clock.monotonic() - last
    table.push(`    ${what.padEnd(34)}${String(Math.round(back)).padStart(6)}`)
    expect(met - last, `${what}: the last call that met the fault`).to.be.lessThan(patient(LONGEST_MS))
  }
  const expectRealWell = async () => {
    const call = bot.call('+33144444444')
    expect((await call.final()).text).to.include(`<sip:${main}`)
    call.within('ACK')
    call.within('BYE')
  }

  before(async () => {
    step(0)
    const { preload, env } = await unpackFaketime(clockFile)
    stage = await setStage(NET, { values: [PATIENT], preload, env })
    const bounds = { maxCalls: 1_000, callsPerSecond: 10_000 }
    const trunks = [main, spare].map((host) => ({ host, ...bounds }))
    await stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks: [aTrunkGroup(trunks)] })
    primary = await startSippTrunk({ address: main, acts: [180, 200] })
    backup = await startSippTrunk({ address: spare, acts: [180, 200] })
    await stage.untilTrunk(main, 'Up')
    await stage.untilTrunk(spare, 'Up')
  })
  beforeEach(async () => {
    agent = await startEdgeAgent(stage.rig)
    // Of its own: a proxy whose clock steps may think that a connection has been idle for an hour.
    bot = await startBotCaller(stage.rig, BOT, loopback(NET, 11))
  })
  afterEach(() => {
    bot.close()
    return agent.stop()
  })
  after(async () => {
    await Promise.all([primary?.stop(), backup?.stop()])
    await stage?.stop()
    rmSync(clockFile, { force: true })
    console.log(['', '    what happens                     back, ms', ...table].join('\n'))
  })

  it('when no order follows', async () => {
    await expectBackAfter('no order follows', await inject())
    await expectRealWell()
  })

  it('when the agent is killed, by the count of the proxy', async () => {
    const last = await inject()
    agent.signal('SIGKILL')
    await expectBackAfter('the agent is killed', last)
  })

  it('when the agent is frozen, and stays over when it goes on', async () => {
    const last = await inject()
    agent.signal('SIGSTOP')
    await expectBackAfter('the agent is frozen', last)
    agent.signal('SIGCONT')
    await pause(clock, 500)
    expect(await meets()).to.equal('None')
  })

  for (const seconds of [HOUR, -HOUR])
    it(`when the clock steps by ${seconds} s and the agent is dead`, async () => {
      const last = await inject()
      agent.signal('SIGKILL')
      step(seconds)
      const begun = Math.floor(Date.now() / 1_000)
      const seen = await stage.rig.rpc.call('core.uptime')
      expect(Math.abs(begun + seconds - wallOf(JSON.stringify(seen))), 'the wall clock of the proxy').to.be.lessThan(5)
      await expectBackAfter(`the clock steps by ${seconds} s`, last)
      step(0)
      await stage.untilTrunk(main, 'Up')
    })

  it('when the proxy restarts', async () => {
    const last = await inject()
    await stage.rig.stopProxy()
    await stage.rig.startProxy()
    bot.close()
    bot = await startBotCaller(stage.rig, BOT, loopback(NET, 11))
    expect(await meets()).to.equal('None')
    expect(clock.monotonic() - last).to.be.lessThan(patient(LONGEST_MS))
    await stage.untilTrunk(main, 'Up')
    await stage.untilTrunk(spare, 'Up')
  })

  it('sooner when the order says so, whatever a later order asks for above 3 s', async () => {
    await inject()
    expect((await order({ fault: 'Disconnect', ttlMilliseconds: 500 }))!.status).to.equal(200)
    const short = clock.monotonic()
    await eventually(async () => expect(await meets()).to.equal('None'), 3)
    expect(clock.monotonic() - short).to.be.lessThan(patient(1_000))
    await eventually(async () => {
      expect((await order({ fault: 'Disconnect', ttlMilliseconds: 60_000 }))!.status).to.equal(200)
      expect(await meets()).to.equal('Fault')
    }, 5)
    await expectBackAfter('an order of 60 s', clock.monotonic())
  })

  it('at once when an order ends it', async () => {
    await inject()
    expect((await order({ ttlMilliseconds: 0 }))!.status).to.equal(200)
    expect(await meets()).to.equal('None')
  })

  it('and what a leader wrote before it was frozen does not bring it back: its nonce is old', async () => {
    const written = anOrder(await agent.nonce(), { fault: 'Disconnect' })
    await pause(clock, 1_200)
    const { status, because } = (await agent.order(written))!
    expect(status).to.equal(409)
    expect(because).to.include('nonce')
    expect(await meets()).to.equal('None')
  })

  it('nor does an order that reaches an agent which is frozen meanwhile, nor one for the agent before', async () => {
    const written = anOrder(await agent.nonce(), { fault: 'Disconnect' })
    agent.signal('SIGSTOP')
    const answer = agent.order(written, 8_000)
    await pause(clock, 2_000)
    agent.signal('SIGCONT')
    expect((await answer)!.status).to.equal(409)
    const old = anOrder(await agent.nonce(), { fault: 'Disconnect' })
    await agent.stop()
    agent = await startEdgeAgent(stage.rig)
    expect((await agent.order(old))!.status).to.equal(409)
    expect(await meets()).to.equal('None')
  })

  it('nor does a leader whose term is over, while the next one leads', async () => {
    expect((await order({ term: 7 }))!.status).to.equal(200)
    const { status, because } = (await order({ term: 6, fault: 'Disconnect' }))!
    expect(status).to.equal(409)
    expect(because).to.include('term 6 is over')
    await eventually(async () => expect(await meets()).to.equal('Well'), 2)
  })
})

const wallOf = (uptime: string) => Date.parse(/"now":"([^"]+)"/.exec(uptime)?.[1] ?? '') / 1_000
