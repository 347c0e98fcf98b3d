// @seconds 5
import { expect } from 'chai'
import { createSocket, type Socket } from 'node:dgram'
import { startBotCaller } from '../../harness/bot-caller.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import type { Attempt } from '../../harness/plain-caller.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, BOT, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const DESK = '+33144444444'
const [host, victimHost] = [loopback(16, 41), loopback(16, 40)]

describe('requests within a dialog go to the other end of their call and nowhere else', function () {
  this.timeout(60_000)
  let stage: Stage
  let trunk: SippTrunk
  let victim: Socket
  let received: string[] = []

  before(async () => {
    stage = await setStage(16, { values: [PATIENT] })
    await stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks: [aTrunkGroup([{ host }])] })
    trunk = await startSippTrunk({ address: host, acts: [180, 200] })
    await stage.pod(stage.near[0])
    await stage.untilServed(stage.near[0])
    await stage.untilTrunk(host, 'Up')
    victim = createSocket('udp4').on('message', (message) => received.push(String(message)))
    await new Promise<void>((resolve) => victim.bind(5060, victimHost, resolve))
  })
  beforeEach(() => (received = []))
  after(async () => {
    victim?.close()
    await trunk?.stop()
    await stage?.stop()
  })

  const self = () => `<sip:${stage.rig.address}:5071;transport=tls;r2=on;lr=on>`
  const outside = (port: number) => `<sip:${stage.rig.address}:${port};r2=on;lr=on>`
  const routesOf = (attempt: Attempt) => {
    const ok = attempt.heard.find(({ status }) => status === 200)!.text
    return [...ok.matchAll(/^Record-Route: *(.*?)\r?$/gim)].map(([, value]) => value!).reverse()
  }
  const statusOf = async (attempt: Attempt) => {
    const known = attempt.answers.length
    await eventually(
      () =>
        expect(attempt.answers.length)
          .to.be.greaterThan(known - 1)
          .and.greaterThan(0),
      5,
    )
    return attempt.answers.at(-1)!.status
  }
  const bye = async (attempt: Attempt, how: Parameters<Attempt['within']>[1]) => {
    attempt.answers.length = 0
    attempt.within('BYE', how)
    return statusOf(attempt)
  }

  it('a bot of another client, with a certificate of ours, reaches neither a trunk nor any other host by a To tag', async () => {
    // Its only own call is one that nobody takes: it has no trunk.
    const other = await startBotCaller(stage.rig, 'robot.acme.svc', loopback(16, 60))
    const attempt = other.call(DESK)
    expect((await attempt.final()).status).to.equal(403)
    attempt.heard.push({ status: 200, atMs: 0, text: `To: <sip:x@y>;tag=1\r\nContact: <sip:x@${victimHost}>\r\n` })
    let cseq = 10
    for (const target of [victimHost, host]) {
      for (const routes of [[self(), outside(5080)], [self()], [outside(5080)], [], [`<sip:${target};lr>`]]) {
        for (const method of ['INVITE', 'BYE', 'MESSAGE', 'REFER']) {
          attempt.answers.length = 0
          attempt.within(method, { uri: `sip:${DESK}@${target}:5060;transport=udp`, routes, cseq: cseq++ })
          expect(await statusOf(attempt), `${method} ${routes.join()}`).to.equal(481)
        }
      }
    }
    expect(received).to.deep.equal([])
    expect(trunk.rung()).to.deep.equal([])
    other.close()
  })

  it('a bot reaches the other end of its own call, and by that no third, whatever it writes', async () => {
    const bot = await startBotCaller(stage.rig, BOT, stage.near[1])
    const attempt = bot.call(DESK)
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    const routes = routesOf(attempt)
    expect(routes[0], 'the ends of the call are in the Record-Route').to.match(/;way=udp:/)
    const away = routes.map((value) => value.replace(/way=udp:[^/]*/, `way=udp:${victimHost}:5060`))
    expect(await bye(attempt, { routes: away, cseq: 2 }), 'other ends').to.equal(481)
    expect(await bye(attempt, { callId: 'another-call', cseq: 3 }), 'another call').to.equal(481)
    const unsigned = routes.map((value) => value.replace(/[/][0-9a-f]*>/, '/>'))
    expect(await bye(attempt, { routes: unsigned, cseq: 4 }), 'without signature').to.equal(481)
    const chained = [...routes, `<sip:${victimHost};lr>`]
    expect(await bye(attempt, { uri: `sip:x@${victimHost}`, routes: chained, cseq: 5 }), 'to a third').to.equal(200)
    await eventually(() => expect(trunk.ended(), 'the trunk hears it').to.have.lengthOf(1))
    expect(received, 'and the third nothing').to.deep.equal([])
    bot.close()
  })

  it("another client's bot that learns the routes of a call can not use them", async () => {
    const bot = await startBotCaller(stage.rig, BOT, stage.near[1])
    const other = await startBotCaller(stage.rig, 'robot.acme.svc', loopback(16, 63))
    const attempt = bot.call(DESK)
    expect((await attempt.final()).status).to.equal(200)
    const [callId] = /^Call-ID: (.*)\r$/m.exec(attempt.heard.at(-1)!.text)!.slice(1)
    const stolen = other.call(DESK)
    await stolen.final()
    stolen.heard.push(attempt.heard.find(({ status }) => status === 200)!)
    stolen.answers.length = 0
    const before = trunk.ended().length
    stolen.within('BYE', { callId: callId! })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(trunk.ended()).to.have.lengthOf(before)
    attempt.within('ACK')
    attempt.within('BYE')
    await eventually(() => expect(trunk.ended()).to.have.lengthOf(before + 1))
    for (const each of [bot, other]) each.close()
  })

  it('a caller reaches the pod that has his call, and no other pod or host', async () => {
    const attempt = stage.caller.invite(NUMBER)
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    const routes = routesOf(attempt)
    expect(await bye(attempt, { routes: [outside(5060)], cseq: 2 }), 'a Route of his own').to.equal(481)
    expect(await bye(attempt, { routes: [], cseq: 3 }), 'no Route').to.equal(481)
    const away = [...routes, `<sip:${victimHost};lr>`]
    expect(await bye(attempt, { uri: `sip:x@${victimHost}`, routes: away, cseq: 4 })).to.equal(200)
    expect(stage.heardBy(stage.near[0]).map(({ method }) => method)).to.include('BYE')
    expect(received).to.deep.equal([])
  })
})
