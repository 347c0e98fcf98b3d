// @seconds 31
import { expect } from 'chai'
import type { CallbotStatus } from '../../../src/api/callbot.ts'
import { CALLBOTS } from '../../../src/api/kinds.ts'
import { operatorNamespace } from '../../../hack/chart.ts'
import { pause } from '../../../hack/cluster/shell.ts'
import { resources } from '../../../src/kube/resources.ts'
import { CLIENT, PODS, useStage } from '../../harness/crash-stage.ts'
import { eventually } from '../../harness/eventually.ts'
import { startFakeEdge, type FakeEdge } from '../../harness/fake-edge.ts'
import { aBot } from '../../harness/three-zones.ts'
import { loopback } from '../../harness/loopback.ts'

const NAME = 'aiguilleur'

describe("RoutesPublished, with the rights that the chart gives the operator's questions to edges", function () {
  this.timeout(120_000)
  const stage = useStage()
  let edges: [FakeEdge, FakeEdge]
  const kube = () => stage().api.kube
  const bot = () => kube().get(CALLBOTS, CLIENT, NAME)
  const status = async () => ((await bot()).status ?? {}) as CallbotStatus
  const said = async () => {
    const { conditions, routes } = await status()
    const found = conditions?.find(({ type }) => type === 'RoutesPublished')
    return `${routes} ${found?.status} ${found?.reason}: ${found?.message}`
  }

  before('two edges', async () => {
    await eventually(() => kube().get(resources.secrets, operatorNamespace, 'callbot-edge-tls'), 30)
    const start = (name: string, address: string) => startFakeEdge(stage().api, name, address)
    edges = [await start('edge-1', loopback(76, 1)), await start('edge-2', loopback(76, 2))]
  })
  after(() => edges?.forEach((edge) => edge.close()))

  it('is False until all edges run the route, and True within five seconds then', async () => {
    for (const edge of edges) edge.runsRoutes = false
    await kube().apply(aBot(CLIENT, NAME), { fieldManager: 'the-user' })
    await eventually(async () => expect(await said()).to.match(/^0\/1 False RoutePending: .* on 0 of 2 edges[.]$/))
    edges[0].runsRoutes = true
    await eventually(async () => expect(await said()).to.match(/^0\/1 False RoutePending: .* on 1 of 2 edges[.]$/), 8)
    edges[1].runsRoutes = true
    await eventually(async () => expect(await said()).to.match(/^1\/1 True RouteRuns: .* on 2 of 2 edges[.]$/), 5)
  })

  it('stays unchanged under an operator that restarts', async () => {
    const version = async () => (await bot()).metadata.resourceVersion
    // The operator of before has no more to write.
    const resourceVersion = await eventually(async () => {
      const found = await version()
      await pause(2_000)
      expect(await version()).to.equal(found)
      return found
    }, 30)
    const before = await status()
    stage().operator.kill()
    await stage().operator.ended
    stage().start(PODS[1])
    await eventually(() => expect(stage().operator.says('standing by')).to.equal(true), 20)
    const until = performance.now() + 6_000
    while (performance.now() < until) {
      expect(await status()).to.deep.equal(before)
      await pause(100)
    }
    expect(await version()).to.equal(resourceVersion)
  })

  it('names an edge that has not answered for three seconds, and is True without it', async () => {
    edges[1].close()
    await pause(500)
    const spec = { fallback: { causes: ['NoCapacity'] } }
    await kube().mergePatch(CALLBOTS, CLIENT, NAME, { spec })
    const expected = /^1\/1 True RouteRuns: .* on 1 of 2 edges; edge edge-2 has not answered since 20.*Z[.]$/
    await eventually(async () => expect(await said()).to.match(expected), 12)
  })

  it('is Unknown while no edge answers', async () => {
    edges[0].close()
    await kube().mergePatch(CALLBOTS, CLIENT, NAME, { spec: { fallback: { causes: ['BotFailure'] } } })
    await eventually(async () => expect(await said()).to.match(/^1\/1 Unknown EdgesSilent: /), 12)
  })
})
