// @seconds 26
import { expect } from 'chai'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { DRILL, markedCall, startDriller, TEST_NUMBER, type Driller } from '../../harness/driller.ts'
import { eventually } from '../../harness/eventually.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, BOT, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 35
const [main, spare] = [loopback(NET, 41), loopback(NET, 42)]
const DESK = '+33144444444'
const OTHER_DRILL = 'c0ffee00-0000-4000-8000-000000000002'
/** However a stranger writes them. */
const FORGED = [
  `X-Callbot-Drill: ${DRILL}`,
  `x-callbot-drill : ${DRILL}`,
  `X-CALLBOT-TEST: ${DRILL}`,
  `X-Callbot-Test:${DRILL}`,
]

describe('the mark of a drill', function () {
  this.timeout(60_000)
  let stage: Stage
  let bot: BotCaller
  let driller: Driller
  let primary: SippTrunk
  let backup: SippTrunk

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    const trunks = [{ host: main, transport: 'TCP' as const }, { host: spare }]
    await stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks: [aTrunkGroup(trunks)] })
    bot = await startBotCaller(stage.rig, BOT, loopback(NET, 11))
    driller = startDriller(stage.rig.leases)
  })
  beforeEach(async () => {
    primary = await startSippTrunk({ address: main, acts: [180, 200], transport: 'TCP' })
    backup = await startSippTrunk({ address: spare, acts: [180, 200] })
    await stage.untilTrunk(main, 'Up')
    await stage.untilTrunk(spare, 'Up')
    await stage.untilLine(main)
  })
  afterEach(async () => {
    await driller.end()
    await Promise.all([primary.stop(), backup.stop()])
  })
  after(async () => {
    driller?.stop()
    bot?.close()
    await stage?.stop()
  })

  const rung = () => [primary.rung().length, backup.rung().length]
  const laneIs = (active: string | undefined) =>
    eventually(async () => expect((await stage.rig.told()).drills[0]?.active).to.equal(active), 6)
  const refused = async () => (await stage.rig.told()).marked[0]?.refused ?? 0
  const expectNoDrill = async (call = markedCall(bot)) => {
    const { status, text } = await call.final()
    expect(status).to.equal(503)
    expect(text).to.match(/^Reason: SIP;cause=503;text="no drill"\r?$/m)
  }

  it('gets 503 without a lease, and nobody is rung', async () => {
    const before = await refused()
    await expectNoDrill()
    expect(await refused()).to.equal(before + 1)
    expect(rung()).to.deep.equal([0, 0])
  })

  it('gets 503 with the lease of another drill, and when its own is over', async () => {
    await driller.hold()
    await laneIs('main')
    await expectNoDrill(markedCall(bot, TEST_NUMBER, OTHER_DRILL))
    await expectNoDrill(markedCall(bot, TEST_NUMBER, ''))
    await driller.end()
    await expectNoDrill()
    expect(rung()).to.deep.equal([0, 0])
  })

  it('reaches the number of the test and no other', async () => {
    await driller.hold()
    await laneIs('main')
    for (const number of [DESK, '+33199999999', `${TEST_NUMBER}0`, TEST_NUMBER.slice(1)])
      expect((await markedCall(bot, number).final()).status, number).to.equal(403)
    expect(rung()).to.deep.equal([0, 0])
    const attempt = markedCall(bot)
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    attempt.within('BYE')
    await eventually(() => expect(primary.ended()).to.have.lengthOf(1))
    expect(primary.invites()[0]).to.include(`sip:${TEST_NUMBER}@`)
    const [calls] = (await stage.rig.told()).marked
    expect(calls).to.include({ integration: 'lilas/standard', accepted: 1, answered: 1 })
  })

  it('is worth nothing to a bot of another client, nor to a certificate whose bot has no pod there', async () => {
    await driller.hold()
    await laneIs('main')
    const other = await startBotCaller(stage.rig, 'accueil.acme.svc', loopback(NET, 12))
    expect((await markedCall(other).final()).status).to.equal(403)
    other.close()
    const stolen = await startBotCaller(stage.rig, BOT, loopback(NET, 99))
    expect((await markedCall(stolen).final()).text).to.include('Unknown Pod')
    stolen.close()
    for (const through of ['standard.lilas.trunks~d', 'STANDARD.lilas.trunks~d'])
      expect((await bot.call(DESK, { through }).final()).status, through).to.be.oneOf([400, 403])
    expect(rung()).to.deep.equal([0, 0])
  })

  it('does not come from outside, however it is written, at the beginning of a call or within it', async () => {
    const [pod] = stage.near
    await stage.pod(pod)
    await stage.untilServed(pod)
    const attempt = stage.caller.invite(NUMBER, { headers: FORGED })
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK', { headers: FORGED })
    attempt.within('INFO', { headers: FORGED, cseq: 2 })
    attempt.within('BYE', { headers: FORGED, cseq: 3 })
    await eventually(() => expect(stage.heardBy(pod).map(({ method }) => method)).to.include('BYE'))
    expect(stage.heardBy(pod).map(({ words }) => words ?? '')).to.satisfy((all: string[]) => all.join('') === '')
    await stage.noPod(pod)
  })

  it('does not reach a trunk that a bot writes it to: only the edge names a test call', async () => {
    const attempt = bot.call(DESK, { headers: FORGED.slice(2) })
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    attempt.within('BYE', { headers: FORGED })
    await eventually(() => expect(primary.ended()).to.have.lengthOf(1))
    expect(primary.headers()).to.not.match(/X-Callbot-(Drill|Test)/i)
  })

  it('leads no caller into the lane whom the edge itself puts through to the emergency number', async () => {
    await driller.hold({ fault: 'Blackhole' })
    await laneIs('spare-1')
    const attempt = stage.caller.invite(NUMBER, { headers: FORGED })
    const { status } = await attempt.final()
    expect(status).to.equal(200)
    attempt.within('ACK')
    attempt.within('BYE')
    expect(rung(), 'the real primary').to.deep.equal([1, 0])
    expect(primary.headers()).to.not.match(/X-Callbot-/i)
  })

  it('has no say in a call that is set up: a fault, and the end of the lease, leave its requests alone', async () => {
    await driller.hold()
    await laneIs('main')
    const attempts = [markedCall(bot), markedCall(bot)]
    for (const attempt of attempts) {
      expect((await attempt.final()).status).to.equal(200)
      attempt.within('ACK')
    }
    await driller.hold({ fault: 'Disconnect' })
    await laneIs('spare-1')
    attempts[0]!.within('BYE')
    await eventually(() => expect(primary.ended()).to.have.lengthOf(1))
    await driller.end()
    await expectNoDrill()
    attempts[1]!.within('BYE')
    await eventually(() => expect(primary.ended()).to.have.lengthOf(2))
    const busy = async () => (await stage.rig.told()).trunks.map(({ calls }) => calls)
    await eventually(async () => expect(await busy(), 'live calls').to.deep.equal([0, 0]))
  })

  it('gets 503 when its lease ends while the call looks for a trunk, and not the real primary', async () => {
    await backup.stop()
    backup = await startSippTrunk({ address: spare, acts: [{ wait: 1_500 }, 503] })
    await stage.untilTrunk(spare, 'Up')
    await driller.hold({ fault: 'Refuse' })
    await eventually(async () => expect((await stage.rig.told()).drills[0]?.trunks[0]?.state).to.equal('Down'), 6)
    const attempt = markedCall(bot)
    await eventually(() => expect(backup.rung()).to.have.lengthOf(1))
    await driller.end()
    await expectNoDrill(attempt)
    expect(primary.rung()).to.deep.equal([])
  })
})
