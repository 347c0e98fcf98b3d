// @seconds 17
import { expect } from 'chai'
import type { TrunkNumbers } from '../../../src/rules/trunks.ts'
import { startBotCaller } from '../../harness/bot-caller.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, aRoute, BOT, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 52

describe('a number in the format of a carrier', function () {
  this.timeout(60_000)
  let stage: Stage
  afterEach(() => stage?.stop())

  /** The status that each number gets, and the number that the pod is called by. */
  const answersTo = async (values: string[], numbers: string[]) => {
    stage = await setStage(NET, { values: [PATIENT, ...values] })
    await stage.rig.publish(stage.seen(aRoute(1, [NUMBER])))
    await stage.pod(stage.far)
    await stage.untilServed(stage.far)
    const answers: string[] = []
    for (const number of numbers) {
      const { status } = await stage.caller.invite(number).final()
      answers.push(`${number} ${status} ${calls().at(-1) ?? ''}`.trim())
    }
    return answers
  }
  /** Request-URIs of the calls that the pod got. */
  const calls = () => stage.heardBy(stage.far).flatMap(({ method, uri }) => (method === 'INVITE' ? [uri] : []))
  const reached = `200 sip:${NUMBER}@${BOT}`

  it('reaches the bot in each way to write E.164', async () => {
    const ways = [NUMBER, NUMBER.slice(1), `00${NUMBER.slice(1)}`, '+33-1.00(00)0001']
    const answers = await answersTo([], [...ways, '0100000001'])
    expect(answers.map((answer) => answer.replace(/^\S+ /, ''))).to.deep.equal([
      ...ways.map(() => reached),
      `404 sip:${NUMBER}@${BOT}`,
    ])
  })

  it('reaches the bot in the national format of the country that the chart names, and by the short number that stands for it', async () => {
    const values = ['edge.numbers.countryCode=33', 'edge.numbers.aliases.3639=+33100000001']
    const answers = await answersTo(values, ['0100000001', '3639', NUMBER, '0033100000001', '3640', '0'])
    expect(answers.map((answer) => answer.replace(/ sip:.*/, ''))).to.deep.equal([
      ...['0100000001 200', '3639 200', `${NUMBER} 200`, '0033100000001 200'],
      ...['3640 404', '0 404'],
    ])
    expect(calls()).to.deep.equal(Array(4).fill(`sip:${NUMBER}@${BOT}`))
  })
})

describe('a trunk', function () {
  this.timeout(60_000)
  const host = loopback(NET + 1, 41)
  let stage: Stage
  let trunk: SippTrunk | undefined
  let epoch = 1

  before(async () => {
    stage = await setStage(NET + 1, { values: [PATIENT] })
  })
  afterEach(() => trunk?.stop())
  after(() => stage?.stop())

  const publish = (numbers: TrunkNumbers) => {
    epoch++
    const trunks = [aTrunkGroup([{ host, numbers }], { epoch })]
    return stage.rig.publish({ ...stage.seen(aHelpedRoute(epoch)), trunks })
  }
  const uri = (number: string) => `sip:${number}@${host}:5060;transport=udp`

  it('is called with numbers as it writes them, in the Request-URI, and with extensions as they are', async () => {
    const bot = await startBotCaller(stage.rig, BOT, loopback(NET + 1, 11))
    const french = { countryCode: '33', prefix: '0' }
    for (const [numbers, called] of [
      [{ international: 'Plus' }, ['+33144444444', '+4930123456', '4001']],
      [{ international: 'DoubleZero' }, ['0033144444444', '004930123456', '4001']],
      [{ international: 'Digits' }, ['33144444444', '4930123456', '4001']],
      [{ international: 'DoubleZero', national: french }, ['0144444444', '004930123456', '4001']],
      [{ international: 'Plus', national: { ...french, prefix: '' } }, ['144444444', '+4930123456', '4001']],
    ] as [TrunkNumbers, string[]][]) {
      await publish(numbers)
      trunk = await startSippTrunk({ address: host, acts: [200] })
      await stage.untilTrunk(host, 'Up')
      for (const number of ['+33144444444', '+4930123456', '4001'])
        expect((await bot.call(number).final()).status, number).to.equal(200)
      expect(trunk.invites()).to.deep.equal(called.map(uri))
      await trunk.stop()
    }
    bot.close()
  })

  it('gets the emergency number in its own format from the edge itself, in To as well', async () => {
    await publish({ international: 'DoubleZero', national: { countryCode: '33', prefix: '0' } })
    trunk = await startSippTrunk({ address: host, acts: [200] })
    await stage.untilTrunk(host, 'Up')
    expect((await stage.caller.invite(NUMBER).final()).status).to.equal(200)
    expect(trunk.invites()).to.deep.equal([uri('0199999999')])
    expect(trunk.headers()).to.match(/^To: <sip:0199999999@/m)
  })
})
