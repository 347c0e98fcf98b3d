// @seconds 8
import { expect } from 'chai'
import { createSocket, type Socket } from 'node:dgram'
import { pause } from '../../../hack/cluster/shell.ts'
import { readCidr } from '../../../src/lib/ip-address.ts'
import type { EgressPolicy } from '../../../src/rules/egress.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { patient } from '../../harness/patience.ts'
import { aHelpedRoute, BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 42
/** Ports of the cluster: a Service, and one that only a name leads to. */
const [service, named, granted] = [loopback(NET, 60), loopback(NET, 61), loopback(NET, 62)]
const ours = loopback(NET, 41)
/** Linux sends what is for 0.0.0.0 to the sender's own address: the edge itself. */
const ITSELF_PORT = 5070

const probe = { intervalSeconds: 1, timeoutMilliseconds: 500, downAfter: 2, upAfter: 1 }
const egress: EgressPolicy = {
  enforce: true,
  open: [],
  cluster: [service, named, granted].map((address) => readCidr(`${address}/32`)!),
}
const REFUSED: Readonly<Record<string, RegExp>> = {
  '0.0.0.0': /^0\.0\.0\.0 is no address of a host, which nothing opens/,
  '169.254.169.254': /link-local address.*name the address of another host/,
  '224.0.0.251': /multicast address/,
  '::ffff:169.254.169.254': /link-local address/,
  'metadata.example': /^metadata\.example: 169\.254\.169\.254 is a link-local/,
  'kubernetes.default.svc': /^kubernetes\.default\.svc: 127\..*range of this cluster.*\(egress\.open of the chart\)/,
  [service]: /is in a range of this cluster's nodes, pods or Services.*namespace mechant/,
}
const trunks = Object.keys(REFUSED).map((host, nth) => ({
  name: `t${nth}`,
  host,
  port: host === '0.0.0.0' ? ITSELF_PORT : 5060,
}))

/** Hears all that is sent to a port. */
async function listen(address: string, port = 5060) {
  let heard = 0
  const socket: Socket = createSocket('udp4').on('message', () => void heard++)
  await new Promise<void>((resolve) => socket.bind(port, address, resolve))
  return { heard: () => heard, close: () => socket.close() }
}

describe('an edge with trunks that lead to itself, a metadata service and Services of the cluster', function () {
  this.timeout(patient(60_000))
  let stage: Stage
  let bot: BotCaller
  let neighbour: SippTrunk
  const inside: Awaited<ReturnType<typeof listen>>[] = []
  const heard = () => inside.map((each) => each.heard())

  const publish = (policy: EgressPolicy, epoch: number) =>
    stage.rig.publish({
      ...stage.seen(aHelpedRoute(epoch)),
      egress: policy,
      grants: [{ address: granted, namespaces: ['mechant'] }],
      addresses: new Map([
        ['kubernetes.default.svc', named],
        ['metadata.example', '169.254.169.254'],
      ]),
      trunks: [
        aTrunkGroup(trunks, { integration: { namespace: 'mechant', name: 'pbx', uid: 'm' }, epoch, probe }),
        aTrunkGroup([{ host: granted }], {
          integration: { namespace: 'mechant', name: 'open', uid: 'o' },
          epoch,
          probe,
        }),
        aTrunkGroup([{ host: ours }], { epoch, probe }),
      ],
    })

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    inside.push(await listen(service), await listen(named), await listen(stage.rig.address, ITSELF_PORT))
    inside.push(await listen(granted))
    neighbour = await startSippTrunk({ address: ours, acts: [180, 200] })
    bot = await startBotCaller(stage.rig, BOT, stage.near[0])
    await publish(egress, 1)
    await stage.untilTrunk(ours, 'Up', 20)
  })
  after(async () => {
    for (const each of inside) each.close()
    bot?.close()
    await neighbour?.stop()
    await stage?.stop()
  })

  it('sends no message there, while the trunk of a neighbour and a granted one are used', async () => {
    const attempt = bot.call('+33144444444')
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    attempt.within('BYE')
    await pause(3_000)
    const [first, second, itself, open] = heard()
    expect([first, second, itself], 'messages to what is refused').to.deep.equal([0, 0, 0])
    expect(open, 'messages to what was granted by address').to.be.above(0)
  })

  it('reports each of them with its address, the reason and what opens it', async () => {
    const told = new Map((await stage.rig.told()).trunks.map((each) => [`${each.integration}/${each.trunk}`, each]))
    for (const [nth, [host, message]] of Object.entries(REFUSED).entries()) {
      const found = told.get(`mechant/pbx/t${nth}`)!
      expect(found.state, host).to.equal('Down')
      expect(found.because, host).to.match(message)
    }
    expect(told.get('lilas/standard/main')).to.include({ state: 'Up' }).and.not.have.property('because')
  })

  it('where the administrator does not enforce it, refuses only what nothing opens, and reports the others', async () => {
    await publish({ ...egress, enforce: false }, 2)
    await pause(2_500)
    const [first, second, itself] = heard()
    expect(itself, 'messages to itself').to.equal(0)
    expect(
      [first, second].every((count) => count! > 0),
      'messages to Services',
    ).to.equal(true)
    const told = (await stage.rig.told()).trunks.filter(({ integration }) => integration === 'mechant/pbx')
    const noted = told.flatMap(({ trunk, noted: text }) => (text === undefined ? [] : [trunk]))
    expect(noted).to.deep.equal(['t5', 't6'])
    expect(
      told
        .filter(({ because }) => because !== undefined)
        .map(({ trunk }) => trunk)
        .sort(),
    ).to.deep.equal([...['t0', 't1', 't2', 't3', 't4']])
  })
})
