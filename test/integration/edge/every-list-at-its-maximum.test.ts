// @seconds 10
import { expect } from 'chai'
import { dumpTable } from '../../../src/edge/apply/proxy-tables.ts'
import type { Route } from '../../../src/rules/route.ts'
import type { TrunkGroup } from '../../../src/rules/trunks.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { patient } from '../../harness/patience.ts'
import { aRoute, aSlice, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 37
/** What one tenant may apply today, as far as the API bounds it: ten trunks of an Integration, fifty sources of a trunk. */
const [INTEGRATIONS, TRUNKS, SOURCES] = [30, 10, 50]
const NEW_ROUTE_MS = 2_000
const DEATHS = 10
const RENAMES = 5

const source = (nth: number) =>
  `2001:db8:${(nth >> 16).toString(16)}:${(nth & 0xffff).toString(16)}:ffff:ffff:ffff:0/112`

const hostile = (): TrunkGroup[] =>
  Array.from({ length: INTEGRATIONS }, (_, of) => {
    const trunks = Array.from({ length: TRUNKS }, (_, nth) => ({
      ...{ name: `trunk-${nth}-${'x'.repeat(50)}`, host: loopback(NET, 100 + of), port: 6_000 + nth },
      inboundSources: Array.from({ length: SOURCES }, (_, index) => source((of * TRUNKS + nth) * SOURCES + index)),
    }))
    return aTrunkGroup(trunks, {
      integration: { namespace: 'mechant', name: `integration-${of}-${'x'.repeat(40)}`, uid: `i${of}` },
      probe: { intervalSeconds: 60, timeoutMilliseconds: 1000, downAfter: 2, upAfter: 2 },
    })
  })

/** Of a tenant whose bots call for help by a thousand different numbers. */
const helped = (): Route[] =>
  Array.from({ length: 1_000 }, (_, nth) => ({
    ...aRoute(1, [`+3388${String(nth).padStart(7, '0')}`]),
    callbot: { namespace: 'mechant', name: `bot-${nth}`, uid: `b${nth}` },
    service: { name: `bot-${nth}`, port: 5061, transport: 'TLS' },
    integrations: Array.from({ length: 20 }, (_, of) => `integration-${of}-${'x'.repeat(40)}`),
    fallback: {
      number: `+3399${String(nth).padStart(7, '0')}`,
      integration: `integration-0-${'x'.repeat(40)}`,
      causes: ['NoCapacity'],
    },
  }))

describe('an edge with a tenant who applies all that the API accepts', function () {
  this.timeout(120_000)
  let stage: Stage
  let epoch = 100
  const [trunks, others] = [hostile(), helped()]
  const publish = (groups = trunks) =>
    stage.rig.publish({
      ...stage.seen(),
      ...{ routes: [aRoute(++epoch), ...others], trunks: groups, slices: [aSlice({ [stage.near[0]]: 'zone-a' })] },
    })
  const runsNewest = async () => expect(await stage.rig.proxy.epoch()).to.equal(epoch)
  const answers = async () => expect((await stage.caller.invite(NUMBER).final()).status).to.equal(200)

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    await stage.pod(stage.near[0])
    await stage.rig.publish({ ...stage.seen(), slices: [aSlice({ [stage.near[0]]: 'zone-a' })] })
    await stage.untilServed(stage.near[0])
  })
  after(() => stage?.stop())

  it('goes on with the newest route of another tenant within 2 s', async () => {
    const begun = performance.now()
    await publish()
    await runsNewest()
    expect(performance.now() - begun).to.be.below(patient(NEW_ROUTE_MS))
    expect(stage.rig.agent.isBehind()).to.equal(false)
    await answers()
  })

  it('lets in who calls from any of the sources, wherever it stands in their list', async () => {
    for (const nth of [0, 1, SOURCES * TRUNKS * INTEGRATIONS - 1]) {
      const key = `in:mechant/udp/${Math.floor([...new Set(allSources())].sort().indexOf(source(nth)) / 25)}`
      const { values } = (await stage.rig.rpc.call('htable.get', 'trunk', key)) as { values?: unknown[] }
      expect(JSON.stringify(values), key).to.include(source(nth))
    }
  })
  const allSources = () => Array.from({ length: SOURCES * TRUNKS * INTEGRATIONS }, (_, nth) => source(nth))

  it('starts again with its tables', async () => {
    await stage.rig.stopProxy()
    await stage.rig.startProxy()
    await runsNewest()
    await stage.untilServed(stage.near[0])
    await eventually(answers, 10)
  })

  it('has nothing left of trunks that a tenant renames again and again', async () => {
    const seen = async () =>
      new Set([...(await dumpTable(stage.rig.rpc, 'health'))!.keys()].map((key) => key.split('::')[0]))
    const isProbed = async () => expect((await seen()).size).to.be.greaterThan(100)
    const named = (round: number) =>
      hostile().map((group) => ({
        ...group,
        trunks: group.trunks.map((each) => ({ ...each, port: each.port + 100 * round })),
      }))
    for (let round = 1; round <= RENAMES; round++) {
      await publish(named(round))
      await eventually(isProbed, 10)
    }
    await publish([])
    await eventually(async () => {
      await publish([])
      expect([...(await seen())].filter((id) => !id!.includes('/'))).to.have.length.below(3)
    }, 10)
    await publish()
  })

  it('has tables that work when agent and proxy end between writing and the answer', async () => {
    for (let death = 0; death < DEATHS; death++) {
      await stage.rig.stopProxy()
      await publish()
      await stage.rig.replaceAgent()
      await stage.rig.startProxy()
      await publish()
      await eventually(async () => {
        await publish()
        await runsNewest()
      }, 10)
    }
    await stage.untilServed(stage.near[0])
    await eventually(answers, 10)
  })
})
