// @tier proof  @programs edge  @alone
// @guard test/integration/edge/a-drill-ends-by-itself.test.ts
import { expect } from 'chai'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { pause } from '../../../src/runtime/clock.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { DRILL, markedCall, startDriller, type Driller } from '../../harness/driller.ts'
import { extent } from '../../harness/extent.ts'
import { eventually } from '../../harness/eventually.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import type { DrillSide, LaneOrder } from '../../../src/rules/drill/order.ts'
import { aHelpedRoute, BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 33
const [main, spare] = [loopback(NET, 41), loopback(NET, 42)]
const DESK = '+33144444444'
const HOLD_SECONDS = 2
const EVERY_MS = 100
/** As long as two probes take to be missed, and a while. */
const FAULT_MS = 3_500

/** By when, in milliseconds, the first test call is answered by the other trunk, and the lane knows of the fault. */
const ALL: {
  fault: LaneOrder['fault']
  transport: 'UDP' | 'TCP'
  side: DrillSide
  firstCall: number
  detected: number
}[] = [
  { fault: 'Blackhole', transport: 'UDP', side: 'Primary', firstCall: 1_000, detected: 2_000 },
  { fault: 'Refuse', transport: 'UDP', side: 'Primary', firstCall: 300, detected: 2_500 },
  { fault: 'Disconnect', transport: 'UDP', side: 'Primary', firstCall: 300, detected: 1_000 },
  { fault: 'Blackhole', transport: 'TCP', side: 'Primary', firstCall: 1_000, detected: 2_000 },
  { fault: 'Refuse', transport: 'TCP', side: 'Primary', firstCall: 300, detected: 2_500 },
  { fault: 'Disconnect', transport: 'TCP', side: 'Primary', firstCall: 300, detected: 1_000 },
  // No call asks the backup, so two probes find out.
  { fault: 'Blackhole', transport: 'UDP', side: 'Backup', firstCall: 300, detected: 3_500 },
  { fault: 'Refuse', transport: 'UDP', side: 'Backup', firstCall: 300, detected: 2_500 },
  { fault: 'Disconnect', transport: 'UDP', side: 'Backup', firstCall: 300, detected: 3_500 },
]

/** In short: each fault once, once over TCP, and once at the backup. */
const SHORT = [0, 1, 2, 3, 6]
const FAULTS =
  extent('FAULTS', { short: SHORT.length, whole: ALL.length }) === ALL.length ? ALL : SHORT.map((at) => ALL[at]!)

describe('a drill', function () {
  this.timeout(120_000)
  let stage: Stage
  let bot: BotCaller
  let driller: Driller
  let primary: SippTrunk
  let backup: SippTrunk
  let epoch = 1
  const table: string[] = []

  const publish = (transport: 'UDP' | 'TCP', names: [string, string]) => {
    const bounds = { maxCalls: 100_000, callsPerSecond: 10_000 }
    const trunks = [
      { host: main, name: names[0], transport, ...bounds },
      { host: spare, name: names[1], transport, ...bounds },
    ]
    const more = { epoch: ++epoch, perTryMilliseconds: 700, holdSeconds: HOLD_SECONDS }
    return stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks: [aTrunkGroup(trunks, more)] })
  }
  const lane = async () => {
    const drill = (await stage.rig.told()).drills[0]
    return {
      active: drill?.active,
      ...Object.fromEntries(drill?.trunks.map(({ trunk, state }) => [trunk, state]) ?? []),
    }
  }
  /** Who answered a test call. */
  const answered = async (call = markedCall(bot)) => {
    const { status, atMs, text } = await call.final()
    expect(status, text).to.equal(200)
    call.within('ACK')
    call.within('BYE')
    return { by: text.includes(`<sip:${main}`) ? 'main' : 'spare', atMs }
  }
  const marked = (trunk: SippTrunk) => trunk.headers().match(/^X-Callbot-Test: .*$/gim)?.length ?? 0

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    bot = await startBotCaller(stage.rig, BOT, loopback(NET, 11))
    driller = startDriller(stage.rig.leases)
  })
  after(async () => {
    driller?.stop()
    bot?.close()
    await stage?.stop()
    console.log(['', '    fault               first call  detected  back after, ms', ...table].join('\n'))
  })
  afterEach(async () => {
    await driller.end()
    await Promise.all([primary?.stop(), backup?.stop()])
  })

  /** Real calls all the while, each of which the primary has to answer at once. */
  function realCalls() {
    const calls: Promise<{ by: string; atMs: number }>[] = []
    const timer = setInterval(() => calls.push(answered(bot.call(DESK))), EVERY_MS)
    return async () => {
      clearInterval(timer)
      return Promise.all(calls)
    }
  }

  for (const { fault, transport, side, firstCall, detected } of FAULTS)
    it(`sees ${fault} at the ${side}, over ${transport}, and no real call does`, async () => {
      const acts = [180, 200]
      primary = await startSippTrunk({ address: main, acts, transport })
      backup = await startSippTrunk({ address: spare, acts, transport })
      await publish(transport, ['main', 'spare'])
      await stage.untilTrunk(main, 'Up')
      await stage.untilTrunk(spare, 'Up')
      await driller.hold()
      await eventually(async () => expect(await lane()).to.deep.equal({ active: 'main', main: 'Up', spare: 'Up' }), 6)
      expect((await answered()).by, 'before the fault').to.equal('main')
      const before = { primary: marked(primary), backup: marked(backup) }
      expect(primary.headers())
        .to.include(`X-Callbot-Test: ${DRILL}`)
        .and.not.match(/X-Callbot-Drill/i)

      const [hit, other] = side === 'Primary' ? ['main', 'spare'] : ['spare', 'main']
      const stopReal = realCalls()
      await driller.hold({ fault, side })
      const begun = performance.now()
      const first = await answered()
      expect(first.by).to.equal(other)
      expect(first.atMs).to.be.lessThan(firstCall)
      expect((await answered()).by).to.equal(other)
      await eventually(
        async () => expect(await lane()).to.deep.equal({ active: other, [hit]: 'Down', [other]: 'Up' }),
        6,
      )
      const seen = performance.now() - begun
      expect(seen).to.be.lessThan(detected)
      const later = await answered()
      expect(later.by).to.equal(other)
      expect(later.atMs, 'the fault is known').to.be.lessThan(300)
      await pause(systemClock, FAULT_MS - (performance.now() - begun))

      await driller.hold()
      const undone = performance.now()
      await eventually(async () => expect(await lane()).to.deep.include({ [hit]: 'Up', active: 'main' }), 12)
      const back = performance.now() - undone
      const real = await stopReal()
      expect(real.length).to.be.greaterThan(10)
      expect(
        real.filter(({ by, atMs }) => by !== 'main' || atMs > 300),
        'real calls that felt it',
      ).to.deep.equal([])
      const [atHit, then] = side === 'Primary' ? [primary, before.primary] : [backup, before.backup]
      expect(marked(atHit), 'test calls that reached the trunk with the fault').to.equal(then)
      expect(primary.rung().length - marked(primary), 'real calls, as the primary counts them').to.equal(real.length)
      expect(backup.rung().length, 'the backup has test calls alone').to.equal(marked(backup))
      const told = await stage.rig.told()
      expect(told.trunks.map(({ state }) => state)).to.deep.equal(['Up', 'Up'])
      expect(told.active[0]?.trunk).to.equal('main')
      const cells = [first.atMs, seen, back].map((ms) => String(Math.round(ms)).padStart(10))
      table.push(`    ${`${fault} ${side} ${transport}`.padEnd(22)}${cells.join('')}`)
    })
})
