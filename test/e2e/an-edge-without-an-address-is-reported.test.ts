// @programs edge operator
// @guard test/unit/operator/observe/edge-obstacles.test.ts
import { expect } from 'chai'
import { publicAddressOf } from '../../hack/cluster/outside.ts'
import { zones as clusterZones } from '../../hack/cluster/settings.ts'
import { installChart, waitReady } from '../../hack/install.ts'
import { PUBLIC_ADDRESS_ANNOTATION } from '../../src/edge/plan/public-address.ts'
import { callABot, readyEdges } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { needsWholeForm } from '../harness/extent.ts'
import * as zones from '../harness/three-zones.ts'

describe('an edge whose node has no public address, where media passes the edges', function () {
  this.timeout(420_000)
  const [forgotten, ...others] = clusterZones.map(({ node }) => node)
  let namespace: string
  let number: string
  let isBegun = false
  const edgesReady = async () =>
    (await zones.botNamed(namespace, 'accueil')).status?.conditions?.find(({ type }) => type === 'EdgesReady')

  before(async function () {
    zones.needsLocalCluster(this)
    // The chart is installed twice more for it: unit tests show the condition each time, this the whole way.
    needsWholeForm(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('no-address')
    const bot = zones.aBot(namespace, 'accueil')
    number = bot.spec.numbers[0]!
    await zones.applyManifests(bot)
    await zones.kube('wait', 'callbot', 'accueil', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    isBegun = true
    const addresses = Object.fromEntries(others.map((node) => [node, publicAddressOf(node)]))
    await installChart({ values: { edge: { media: { mode: 'Relay', addresses } } }, wait: false })
  })
  after(async () => {
    if (!isBegun) return
    await zones.kube('annotate', 'node', forgotten!, `${PUBLIC_ADDRESS_ANNOTATION}-`)
    await zones.removeNamespace(namespace)
    await zones.operatorServes()
  })

  it('does not start, which a condition reports with the cure, and calls go through the other edges', async () => {
    await eventually(async () => {
      const condition = await edgesReady()
      expect(condition, JSON.stringify(condition)).to.include({ status: 'False', reason: 'EdgeNotReady' })
      expect(condition!.message).to.include(`node ${forgotten} has no public address`).and.include('annotate')
    }, 180)
    for (const edge of await readyEdges()) await callABot(edge, number)
  })

  it('starts as soon as the node is annotated with one', async () => {
    await zones.kube('annotate', 'node', forgotten!, `${PUBLIC_ADDRESS_ANNOTATION}=${publicAddressOf(forgotten!)}`)
    await waitReady()
    await eventually(async () => expect(await edgesReady()).to.include({ status: 'True' }), 60)
  })
})
