// @seconds 27
import { expect } from 'chai'
import { eventually } from '../../harness/eventually.ts'
import { startPlainCaller, startTlsCaller, type PlainCaller } from '../../harness/plain-caller.ts'
import { ANSWERS, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const UNKNOWN = '+33199999000'
const LIMIT = 20

describe('a carrier, which sends all its calls from one address', function () {
  this.timeout(60_000)
  let stage: Stage
  let caller: PlainCaller

  before(async () => {
    stage = await setStage(14, {
      values: [
        PATIENT,
        `edge.limits.requestsPerSecondPerSource=${LIMIT}`,
        `edge.carrierCidrs={${loopback(14, 99)}/32}`,
      ],
    })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.far)
    await stage.untilServed(stage.far)
    caller = stage.caller
  })
  after(() => stage?.stop())

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  /** So many a second and more, in small batches, since UDP loses what comes in one. Resolves with how many heard 404. */
  const dialUnknown = async (who: PlainCaller, times: number) => {
    const attempts = []
    while (attempts.length < times) {
      attempts.push(...Array.from({ length: Math.min(10, times - attempts.length) }, () => who.invite(UNKNOWN)))
      await pause(20)
    }
    await pause(700)
    return attempts.filter(({ heard }) => heard.some(({ status }) => status === 404)).length
  }

  it('hears 404 for a number without a bot, however often it is dialled, as long as it is not a flood', async () => {
    for (let second = 0; second < 12; second++) expect(await dialUnknown(caller, 6)).to.equal(6)
  })

  it('is answered on the numbers of bots, and heard in its calls, while it floods the edge with unknown ones', async () => {
    const before = caller.invite(NUMBER)
    expect((await before.final()).status).to.equal(200)
    before.within('ACK')
    expect(await dialUnknown(caller, 400), 'a flood is not answered').to.be.lessThan(100)
    const during = caller.invite(NUMBER)
    expect((await during.final(2)).status, 'a call to a bot').to.equal(200)
    during.within('ACK')
    before.within('INFO', { cseq: 2 })
    await eventually(() => expect(stage.heardBy(stage.far).map(({ method }) => method)).to.include('INFO'), 2)
    before.within('BYE', { cseq: 3 })
    await eventually(() => expect(before.answers.map(({ status }) => status)).to.include(200), 2)
    const given = caller.invite(NUMBER)
    await given.status(180)
    given.cancel()
    expect((await given.final(2)).status, 'a call that was given up').to.be.oneOf([487, 200])
  })

  it('is never limited where the chart knows its address', async () => {
    const known = await startPlainCaller(loopback(14, 99), stage.rig.address)
    expect(await dialUnknown(known, 400)).to.equal(400)
    known.close()
  })

  it('is never limited where it has shown its certificate', async () => {
    const other = await setStage(15, {
      clientCa: stage.rig.authority,
      values: [PATIENT, `edge.limits.requestsPerSecondPerSource=${LIMIT}`],
    })
    try {
      const { cert, key } = stage.rig.authority.issue(['sbc.carrier.example'])
      const from = { cert, key, rejectUnauthorized: false, localAddress: loopback(15, 9) }
      const carrier = await startTlsCaller(other.rig.address, from)
      expect(await dialUnknown(carrier, 200)).to.equal(200)
      carrier.close()
    } finally {
      await other.stop()
    }
  })

  it('loses no call to a proxy that restarts: its BYE still finds the pod', async () => {
    await stage.pod(stage.far, ANSWERS)
    await stage.untilServed(stage.far)
    const attempt = caller.invite(NUMBER)
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    await stage.rig.stopProxy()
    await stage.rig.startProxy()
    await stage.untilServed(stage.far)
    attempt.within('BYE')
    await eventually(() => expect(stage.heardBy(stage.far).map(({ method }) => method)).to.include('BYE'), 5)
  })
})
