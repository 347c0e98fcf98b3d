// @seconds 15
import { expect } from 'chai'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { pause } from '../../../src/runtime/clock.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { eventually } from '../../harness/eventually.ts'
import { startSippTrunk, type SippTrunk, type SippTrunkOptions } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

/** A trunk that answers late on a busy machine must not look like one that is gone. */
const PROBE = { intervalSeconds: 1, timeoutMilliseconds: 1000, downAfter: 8, upAfter: 1 }
const SOON = { perTryMilliseconds: 700 }
const DESK = '+33144444444'
const [main, spare] = [loopback(9, 41), loopback(9, 42)]

describe('a bot that calls out', function () {
  this.timeout(60_000)
  let stage: Stage
  let bot: BotCaller
  let trunks: SippTrunk[] = []
  let epoch = 1
  const publish = (...args: Parameters<typeof aTrunkGroup>) => {
    const [hosts, more] = args
    return stage.rig.publish({
      ...stage.seen(aHelpedRoute()),
      trunks: [aTrunkGroup(hosts, { epoch: ++epoch, probe: PROBE, ...more })],
    })
  }
  const trunk = async (address: string, acts: SippTrunkOptions['acts'], o: Partial<SippTrunkOptions> = {}) => {
    const one = await startSippTrunk({ address, acts, ...o })
    trunks.push(one)
    await stage.untilTrunk(address, 'Up')
    return one
  }

  before(async () => {
    stage = await setStage(9, { values: [PATIENT] })
    bot = await startBotCaller(stage.rig, BOT, loopback(9, 11))
  })
  beforeEach(() => publish([{ host: main }, { host: spare }]))
  afterEach(async () => {
    await Promise.all(trunks.map((one) => one.stop()))
    trunks = []
  })
  after(async () => {
    bot?.close()
    await stage?.stop()
  })

  it('reaches the primary, with what it hands over and without what is between us', async () => {
    const primary = await trunk(main, [180, 200])
    const attempt = bot.call(DESK, { headers: ['X-Callbot-Reason: rendez-vous'] })
    expect((await attempt.final()).status).to.equal(200)
    expect(primary.invites()).to.deep.equal([`sip:${DESK}@${main}:5060;transport=udp`])
    expect(primary.headers()).to.include('X-Callbot-Reason: rendez-vous').and.not.include('X-Callbot-Media')
    attempt.within('ACK')
    attempt.within('BYE')
    await eventually(() => expect(primary.ended()).to.have.lengthOf(1))
  })

  it('hears it when the other side hangs up', async () => {
    await trunk(main, [200, { wait: 200 }, 'bye'])
    const [pod] = stage.near
    await stage.pod(pod)
    await stage.untilServed(pod)
    const attempt = bot.call(DESK, { contact: `sip:accueil@${pod}:5061;transport=tls` })
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    await eventually(() => expect(stage.heardBy(pod).map(({ method }) => method)).to.include('BYE'))
  })

  it("calls by its own client's trunks and by no other, as its certificate says", async () => {
    const primary = await trunk(main, [200])
    for (const through of ['other.lilas.trunks', 'standard.acme.trunks', 'example.com'])
      expect((await bot.call(DESK, { through }).final()).status, through).to.equal(403)
    for (const name of ['accueil.acme.svc', 'autre.lilas.svc']) {
      const other = await startBotCaller(stage.rig, name, loopback(9, 12))
      expect((await other.call(DESK).final()).status, name).to.equal(403)
      other.close()
    }
    expect(primary.rung()).to.deep.equal([])
  })

  for (const code of [408, 480, 500, 503, 504])
    it(`gets the backup at once when the primary says ${code}`, async () => {
      const [primary, backup] = [await trunk(main, [100, code]), await trunk(spare, [180, 200])]
      const { status, atMs } = await bot.call(DESK).final()
      expect(status).to.equal(200)
      expect(atMs).to.be.lessThan(patient(300))
      expect([primary.rung().length, backup.rung().length]).to.deep.equal([1, 1])
    })

  for (const code of [404, 486, 603, 302])
    it(`hears ${code} from the primary, and nobody else is rung`, async () => {
      const [primary, backup] = [await trunk(main, [code]), await trunk(spare, [180, 200])]
      expect((await bot.call(DESK).final()).status).to.equal(code)
      expect([primary.rung().length, backup.rung().length]).to.deep.equal([1, 0])
    })

  it('gets no backup once it rang: a failure after 180 is the answer', async () => {
    const backup = [await trunk(main, [180, { wait: 100 }, 503]), await trunk(spare, [180, 200])][1]!
    expect((await bot.call(DESK).final()).status).to.equal(500) // as a proxy has to pass on a 503 (RFC 3261 16.7)
    expect(backup.rung()).to.deep.equal([])
  })

  it('gets the backup within 2 s when the primary is silent, and at once when that is known', async () => {
    await publish([{ host: main }, { host: spare }], { ...SOON, probe: { ...PROBE, downAfter: 2 } })
    const [primary, backup] = [await trunk(main, [180, 200]), await trunk(spare, [180, 200])]
    primary.signal('SIGSTOP')
    const first = await bot.call(DESK).final()
    expect(first.status).to.equal(200)
    expect(first.atMs).to.be.within(600, 2_000)
    await stage.untilTrunk(main, 'Down', 5)
    const second = await bot.call(DESK).final()
    expect(second.status).to.equal(200)
    expect(second.atMs).to.be.lessThan(patient(300))
    expect(backup.rung()).to.have.lengthOf(2)
  })

  it('gets the backup when the primary is slow, and the slow one does not ring on', async () => {
    await publish([{ host: main }, { host: spare }], SOON)
    const [primary, backup] = [
      await trunk(main, [{ wait: 1500 }, 180, 200]),
      await trunk(spare, [180, { wait: 2000 }, 200]),
    ]
    const attempt = bot.call(DESK)
    const { status, text } = await attempt.final()
    expect(status).to.equal(200)
    expect(text, 'who answers').to.include(spare)
    expect([primary.rung().length, backup.rung().length]).to.deep.equal([1, 1])
  })

  it('does not wait for a primary that refuses connections', async () => {
    await publish([{ host: main, transport: 'TCP' }, { host: spare }])
    const [primary] = [await trunk(main, [180, 200], { transport: 'TCP' }), await trunk(spare, [180, 200])]
    expect((await bot.call(DESK).final()).text).to.include(`<sip:${main}`)
    await primary.stop()
    const { status, atMs } = await bot.call(DESK).final()
    expect(status).to.equal(200)
    expect(atMs).to.be.lessThan(patient(300))
  })

  it('hears 488 where trunks are, and none takes what it offers', async () => {
    await publish([
      { host: main, srtp: 'Required', transport: 'TLS' },
      { host: spare, srtp: 'Required', transport: 'TLS' },
    ])
    expect((await bot.call(DESK, { media: 'Plain' }).final()).status).to.equal(488)
  })

  it('is given only to trunks that take what it offers', async () => {
    await publish([
      { host: main, srtp: 'Disabled' },
      { host: spare, srtp: 'Preferred' },
    ])
    const [primary, backup] = [await trunk(main, [200]), await trunk(spare, [200])]
    expect((await bot.call(DESK, { media: 'Secure' }).final()).status).to.equal(200)
    expect([primary.rung().length, backup.rung().length]).to.deep.equal([0, 1])
    expect((await bot.call(DESK, { media: 'Plain' }).final()).status).to.equal(200)
    expect([primary.rung().length, backup.rung().length]).to.deep.equal([1, 1])
  })

  it('hears 503 with the reason when no trunk takes the call', async () => {
    await trunk(main, [503])
    await trunk(spare, [500])
    const { status, text } = await bot.call(DESK).final()
    expect(status).to.equal(503)
    expect(text).to.match(/^Reason: SIP;cause=503;text="no trunk"\r?$/m)
  })

  it('may give up while it rings', async () => {
    await trunk(main, [180, 'cancelled'])
    const attempt = bot.call(DESK)
    await attempt.status(180)
    attempt.cancel()
    expect((await attempt.final()).status).to.equal(487)
  })

  it('gets the backup beyond what the primary can bear, and the primary again when a call is over', async () => {
    const narrow = loopback(9, 43) // no call of another test is up there
    await publish([{ host: narrow, maxCalls: 1 }, { host: spare }])
    const [primary, backup] = [await trunk(narrow, [200]), await trunk(spare, [200])]
    const first = bot.call(DESK)
    await first.final()
    first.within('ACK')
    expect((await bot.call(DESK).final()).status).to.equal(200)
    expect([primary.rung().length, backup.rung().length]).to.deep.equal([1, 1])
    first.within('BYE')
    await eventually(() => expect(primary.ended()).to.have.lengthOf(1))
    expect((await bot.call(DESK).final()).status).to.equal(200)
    expect([primary.rung().length, backup.rung().length]).to.deep.equal([2, 1])
  })

  it('gets the backup for what comes faster than the primary takes', async () => {
    await publish([{ host: main, callsPerSecond: 2 }, { host: spare }])
    const [primary, backup] = [await trunk(main, [200]), await trunk(spare, [200])]
    // What is known of the primary may still be of the one before, which has gone.
    await eventually(async () => {
      await bot.call(DESK).final()
      expect(primary.rung().length).to.be.greaterThan(0)
    }, 10)
    await pause(systemClock, 1_100)
    const before = [primary.rung().length, backup.rung().length] as const
    const attempts = Array.from({ length: 10 }, () => bot.call(DESK))
    const answers = await Promise.all(attempts.map((attempt) => attempt.final()))
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(10).fill(200))
    const byPrimary = primary.rung().length - before[0]
    expect(byPrimary).to.be.within(2, 4) // a second may end in between
    expect(backup.rung().length - before[1]).to.equal(10 - byPrimary)
  })
})
