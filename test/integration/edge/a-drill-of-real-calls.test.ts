// @seconds 80
import { expect } from 'chai'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { DRILL, markedCall, startDriller, type Driller } from '../../harness/driller.ts'
import { eventually } from '../../harness/eventually.ts'
import type { Attempt } from '../../harness/plain-caller.ts'
import type { TrunkAct } from '../../harness/sipp-scenarios.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { REAL_CALLS } from '../../../src/rules/drill/real-calls.ts'
import type { Trunk } from '../../../src/rules/trunks.ts'
import { aHelpedRoute, BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

const NET = 58
const [main, spare] = [loopback(NET, 41), loopback(NET, 42)]
const DESK = '+33144444444'
const EMERGENCY = '+33199999999'
/** A backup that is alive, on a machine that is shared, is not taken for a silent one. */
const TRY_MS = patient(700)
const TALKS: TrunkAct[] = [180, 200]

/** A backup that fails a real call, and by when the primary has answered it, in milliseconds. */
const FAILURES: { name: string; acts?: TrunkAct[]; trunk?: Partial<Trunk>; isDead?: true; within: number }[] = [
  { name: 'is dead', isDead: true, within: 1_500 },
  { name: 'is silent', acts: [{ wait: 60_000 }], within: 4 * 700 + 1_000 },
  { name: 'says 503', acts: [503], within: 500 },
  { name: 'says that it does not know the number', acts: [404], within: 500 },
  { name: 'takes no SRTP', trunk: { srtp: 'Disabled' }, within: 500 },
  { name: 'rings, and nobody answers', acts: [180, 'cancelled'], within: 6_000 },
]

describe('a drill of real calls', function () {
  this.timeout(120_000)
  let stage: Stage
  let bot: BotCaller
  let driller: Driller
  let primary: SippTrunk
  let backup: SippTrunk | undefined
  let epoch = 1

  async function publish(backupTrunk: Partial<Trunk> = {}) {
    const bounds = { maxCalls: 1_000, callsPerSecond: 1_000 }
    // Other names each time: what was seen of a trunk of the test before says nothing of this one.
    const name = `n${++epoch}`
    const trunks = [
      { host: main, name: `main-${name}`, ...bounds },
      { host: spare, name: `spare-${name}`, ...bounds, ...backupTrunk },
    ]
    await stage.rig.publish({
      ...stage.seen(aHelpedRoute()),
      trunks: [aTrunkGroup(trunks, { epoch, perTryMilliseconds: TRY_MS })],
    })
    await stage.untilTrunk(main, 'Up')
    await stage.untilTrunk(spare, 'Up')
  }

  /** The backup answers, the primary seems dead to the lane, and the drill has a share of the real calls. */
  type Begin = { acts?: TrunkAct[]; primaryActs?: TrunkAct[]; trunk?: Partial<Trunk>; most?: number }
  async function begin(sharePercent: number, o: Begin = {}) {
    primary = await startSippTrunk({ address: main, acts: o.primaryActs ?? TALKS })
    backup = await startSippTrunk({ address: spare, acts: o.acts ?? TALKS })
    await publish(o.trunk)
    await driller.hold({ fault: 'Blackhole' })
    await eventually(async () => {
      const lane = (await stage.rig.told()).drills[0]
      expect(lane?.trunks.map(({ state }) => state)).to.deep.equal(['Down', 'Up'])
    }, 8)
    const order = { fault: 'Blackhole', sharePercent, ...(o.most !== undefined && { mostRealCalls: o.most }) } as const
    await driller.hold(order)
  }

  const byOf = (text: string) => (text.includes(`<sip:${main}`) ? 'main' : 'spare')
  async function answered(call: Attempt, seconds = 30) {
    const { status, atMs, text } = await call.final(seconds)
    expect(status, text).to.equal(200)
    call.within('ACK')
    return { by: byOf(text), atMs, call }
  }
  const hangUp = async ({ call }: { call: Attempt }) => {
    call.within('BYE')
    await eventually(async () => expect(call.answers.at(-1)?.status).to.equal(200), 3)
  }
  /** One after the other, each of them hung up at once. */
  async function calls(count: number, number = DESK) {
    const by: string[] = []
    for (let made = 0; made < count; made++) {
      const one = await answered(bot.call(number))
      by.push(one.by)
      await hangUp(one)
    }
    return by
  }
  const counted = async () => {
    const found = (await stage.rig.told()).drilled.find(({ drill }) => drill === DRILL)
    return Object.fromEntries(REAL_CALLS.map((what) => [what, found?.[what]]))
  }
  /** Each drill counts its own: the edge forgets those of the test before. */
  const forget = () => stage.rig.rpc.call('htable.flush', 'drilled')

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    bot = await startBotCaller(stage.rig, BOT, loopback(NET, 11))
    driller = startDriller(stage.rig.leases)
  })
  after(async () => {
    driller?.stop()
    bot?.close()
    await stage?.stop()
  })
  afterEach(async () => {
    await driller.end()
    await Promise.all([primary?.stop(), backup?.stop()])
    await forget()
  })

  it('sends all of them to the backup at 100 percent, and none that is live', async () => {
    await begin(0)
    const before = await answered(bot.call(DESK))
    expect(before.by).to.equal('main')
    await driller.hold({ fault: 'Blackhole', sharePercent: 100 })
    expect(await calls(5)).to.deep.equal(Array(5).fill('spare'))
    before.call.within('INFO')
    await hangUp(before)
    expect(primary.rung()).to.have.length(1)
    expect(backup!.rung()).to.have.length(5)
    expect(await counted()).to.deep.equal({ met: 5, answered: 5, unanswered: 0, rescued: 0, spared: 0 })
    expect(backup!.headers(), 'a real call has no mark').to.not.match(/X-Callbot-(Test|Drill)/i)
  })

  it('sends exactly its percentage of them to the backup', async () => {
    await begin(30)
    const by = await calls(20)
    expect(await counted()).to.deep.equal({ met: 6, answered: 6, unanswered: 0, rescued: 0, spared: 0 })
    expect(by.filter((each) => each === 'spare')).to.have.length(6)
    expect(by.slice(0, 10).filter((each) => each === 'spare')).to.have.length(3)
  })

  it('takes no more of them than it may', async () => {
    await begin(100, { most: 3 })
    expect(await calls(6)).to.deep.equal(['spare', 'spare', 'spare', 'main', 'main', 'main'])
    expect(await counted()).to.deep.include({ met: 3, answered: 3, spared: 3 })
  })

  it('never takes a call to the emergency number', async () => {
    await begin(100)
    expect(await calls(4, EMERGENCY)).to.deep.equal(Array(4).fill('main'))
    expect(await calls(1, '112'), 'a public one').to.deep.equal(['main'])
    expect(await counted()).to.deep.include({ met: 0, spared: 5 })
  })

  for (const { name, acts, trunk, isDead, within } of FAILURES)
    it(`has the primary answer a caller whose backup ${name}, in the same call, and takes no other`, async () => {
      await begin(100, { acts, trunk })
      if (isDead) {
        await backup!.stop()
        backup = undefined
      }
      const first = await answered(bot.call(DESK, { headers: ['Expires: 10'] }))
      expect(first.by).to.equal('main')
      expect(first.atMs).to.be.lessThan(patient(within))
      await hangUp(first)
      const others = await Promise.all([1, 2, 3].map(() => answered(bot.call(DESK))))
      expect(others.filter(({ by, atMs }) => by !== 'main' || atMs > 300)).to.deep.equal([])
      await Promise.all(others.map(hangUp))
      expect(await counted()).to.deep.include({ met: 1, answered: 0, rescued: 1, spared: 3 })
      expect(primary.headers()).to.not.match(/^Expires:/im)
      expect(primary.rung(), 'nobody is rung twice').to.have.length(4)
      if (acts !== undefined) expect(new Set(backup!.rung())).to.have.length(1)
      const told = await stage.rig.told()
      expect(told.trunks.find(({ trunk: each }) => each.startsWith('main'))?.state).to.equal('Up')
    })

  it('has the primary answer those for whom the backup has no place', async () => {
    await begin(100, { trunk: { maxCalls: 2 } })
    const three = [await answered(bot.call(DESK)), await answered(bot.call(DESK)), await answered(bot.call(DESK))]
    expect(three.map(({ by }) => by)).to.deep.equal(['spare', 'spare', 'main'])
    await Promise.all(three.map(hangUp))
    expect(await counted()).to.deep.include({ met: 3, answered: 2, rescued: 1 })
  })

  it('does not ring the backup again for a caller whom the primary can not take either', async () => {
    await begin(100, { acts: [404], primaryActs: [503] })
    const { status, atMs } = await bot.call(DESK).final()
    expect(status).to.equal(503)
    expect([primary.rung().length, backup!.rung().length]).to.deep.equal([1, 1])
    // SIPp does not answer an INVITE of a call that it has refused, so a second one would be waited for.
    expect(atMs).to.be.lessThan(TRY_MS)
  })

  it('lets a caller go on by the primary when it ends while the backup is silent', async () => {
    await begin(100, { acts: [{ wait: 60_000 }] })
    const call = bot.call(DESK)
    await eventually(async () => expect(backup!.rung()).to.have.length(1), 3)
    await driller.end()
    expect((await answered(call)).by).to.equal('main')
    expect(await counted()).to.deep.include({ met: 1, rescued: 0 })
  })

  it('has no second telephone ring for a caller whose person at the backup is busy', async () => {
    await begin(100, { acts: [486] })
    expect((await bot.call(DESK).final()).status).to.equal(486)
    expect(primary.rung()).to.deep.equal([])
    expect(await counted()).to.deep.include({ met: 1, answered: 1, rescued: 0 })
  })

  it('counts a caller who hangs up while it rings at the backup', async () => {
    await begin(100, { acts: [180, 'cancelled'] })
    const call = bot.call(DESK)
    await call.status(180)
    call.cancel()
    expect((await call.final()).status).to.equal(487)
    await eventually(async () => expect(await counted()).to.deep.include({ met: 1, unanswered: 1, rescued: 0 }), 3)
    expect(primary.rung()).to.deep.equal([])
  })

  it('still sends its own test calls to the backup when it has no more real ones', async () => {
    await begin(100, { acts: [503] })
    await answered(bot.call(DESK)).then(hangUp)
    expect((await markedCall(bot).final()).status).to.equal(503)
  })
})
