// @seconds 12
import { expect } from 'chai'
import type { ConnectionOptions } from 'node:tls'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startPlainCaller, startPlainTcpCaller, startTlsCaller, type PlainCaller } from '../../harness/plain-caller.ts'
import { aRoute, aSlice, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const OTHER_NUMBER = '+33100000002'
const UNKNOWN = '+33100000099'
const [pbx, carrier, stranger, tester] = [50, 51, 52, 53].map((host) => loopback(19, host)) as [
  string,
  string,
  string,
  string,
]

describe('who may call, where not everybody may', function () {
  this.timeout(60_000)
  let stage: Stage
  let open: PlainCaller[] = []

  before(async () => {
    stage = await setStage(19, { values: [PATIENT, 'edge.callers=Known', `edge.carrierCidrs={${carrier}/32}`] })
    const other = { ...aRoute(1, [OTHER_NUMBER]), callbot: { namespace: 'acme', name: 'robot', uid: 'v' } }
    await stage.rig.publish({
      ...stage.seen(),
      routes: [aRoute(), { ...other, service: { name: 'robot', port: 5061, transport: 'TLS' } }],
      slices: [
        aSlice({ [stage.near[0]]: 'zone-a' }),
        { ...aSlice({ [stage.far]: 'zone-a' }), namespace: 'acme', name: 'robot-1', serviceKey: 'acme/robot' },
      ],
      trunks: [
        aTrunkGroup(
          (['UDP', 'TCP', 'TLS'] as const).map((transport, index) => ({
            ...{ name: transport.toLowerCase(), host: loopback(19, 60 + index), transport },
            inboundSources: ['2001:db8::/32', `${loopback(19, 50)}/32`],
          })),
        ),
      ],
      testCallers: [tester],
    })
    await stage.pod(stage.near[0])
    await stage.pod(stage.far, undefined, ['robot.acme.svc'])
    await stage.untilServed(stage.near[0], stage.far)
  })
  afterEach(() => {
    for (const caller of open) caller.close()
    open = []
  })
  after(() => stage?.stop())

  type Way = 'UDP to 5060' | 'UDP to 5080' | 'TCP to 5080' | 'TLS to 5061'
  const connect: Record<Way, (from: string) => Promise<PlainCaller>> = {
    'UDP to 5060': (from) => startPlainCaller(from, stage.rig.address),
    'UDP to 5080': (from) => startPlainCaller(from, stage.rig.address, 5080),
    'TCP to 5080': (from) => startPlainTcpCaller(from, stage.rig.address, 5080),
    'TLS to 5061': (from) =>
      startTlsCaller(stage.rig.address, { rejectUnauthorized: false, localAddress: from } as ConnectionOptions),
  }
  const dial = async (way: Way, from: string, number: string) => {
    const caller = await connect[way](from)
    open.push(caller)
    return (await caller.invite(number).outcome(1.5))?.status
  }
  const ways = Object.keys(connect) as Way[]

  it('the pod of helm test calls every bot, and hears 404 for a number without one', async () => {
    expect(await dial('TLS to 5061', tester, NUMBER)).to.equal(200)
    expect(await dial('TLS to 5061', tester, OTHER_NUMBER)).to.equal(200)
    expect(await dial('TLS to 5061', tester, UNKNOWN)).to.equal(404)
  })

  it('a carrier by its address calls every bot, and hears 404 for a number without one', async () => {
    for (const way of ['UDP to 5060', 'TLS to 5061'] as const) {
      expect(await dial(way, carrier, NUMBER), way).to.equal(200)
      expect(await dial(way, carrier, OTHER_NUMBER), way).to.equal(200)
      expect(await dial(way, carrier, UNKNOWN), way).to.equal(404)
    }
  })

  it("a client's telephone system calls the bots of its own namespace, by each transport of its trunks", async () => {
    for (const way of ways) expect(await dial(way, pbx, NUMBER), way).to.equal(200)
  })

  it("and no bot of another client's, nor learns which numbers there are", async () => {
    for (const way of ['UDP to 5060', 'TLS to 5061'] as const) {
      expect(await dial(way, pbx, OTHER_NUMBER), way).to.equal(403)
      expect(await dial(way, pbx, UNKNOWN), way).to.equal(403)
    }
    for (const way of ['UDP to 5080', 'TCP to 5080'] as const)
      expect(await dial(way, pbx, OTHER_NUMBER), way).to.equal(undefined)
  })

  it('a stranger calls nobody, and learns nothing where only trunks are heard', async () => {
    for (const way of ['UDP to 5060', 'TLS to 5061'] as const) {
      expect(await dial(way, stranger, NUMBER), way).to.equal(403)
      expect(await dial(way, stranger, UNKNOWN), way).to.equal(403)
    }
    for (const way of ['UDP to 5080', 'TCP to 5080'] as const) {
      expect(await dial(way, stranger, NUMBER), way).to.equal(undefined)
      expect(await dial(way, carrier, NUMBER), way).to.equal(undefined)
    }
  })

  it('and nobody any more when the Integration has no inbound', async () => {
    const trunks = [aTrunkGroup([{ host: loopback(19, 60) }], { epoch: 2 })]
    await stage.rig.publish({ ...stage.seen(), trunks })
    for (const way of ['UDP to 5060', 'TLS to 5061'] as const) expect(await dial(way, pbx, NUMBER), way).to.equal(403)
  })
})
