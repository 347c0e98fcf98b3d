// @programs operator
// @guard test/integration/chart/install.test.ts
import { expect } from 'chai'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { installChart, waitReady } from '../../hack/install.ts'
import { callABot, callerOf, everyEdge, type Edge } from '../harness/edges.ts'
import { needsWholeForm } from '../harness/extent.ts'
import type { PlainCaller } from '../harness/plain-caller.ts'
import * as zones from '../harness/three-zones.ts'

/** As a guide says for clusters without zones (docs/guides/install.md). */
const values = { topologySpread: { whenUnsatisfiable: 'ScheduleAnyway' } }

interface Deployment {
  spec: { template: { spec: { topologySpreadConstraints: { topologyKey: string; whenUnsatisfiable: string }[] } } }
  status: { replicas: number; updatedReplicas: number }
}

describe('a bot in a cluster whose nodes name no zone, or one', function () {
  this.timeout(600_000)
  let namespace: string
  let number: string
  let edges: Edge[]
  let callers: PlainCaller[] = []
  let calls = 0
  let isBegun = false

  const status = async () => (await zones.botNamed(namespace, 'seul')).status!
  const redundancy = async () => (await status()).conditions?.find(({ type }) => type === 'ZoneRedundant')
  /** How its pods are spread, once all of them are made so. */
  const spreadOf = async () => {
    const { spec, status: of } = await zones.kubeJson<Deployment>('get', 'deployment', 'seul', '-n', namespace)
    expect([of.replicas, of.updatedReplicas]).to.deep.equal([3, 3])
    const constraints = spec.template.spec.topologySpreadConstraints
    return constraints.map(({ topologyKey, whenUnsatisfiable }) => `${topologyKey} ${whenUnsatisfiable}`)
  }
  const callThroughAll = async () => {
    for (const [index, edge] of edges.entries()) {
      await callABot(edge, number, callers[index])
      calls++
    }
  }
  /** Calls one after the other, until that is so; each has to be answered by a bot. */
  const callUntil = async (check: () => Promise<void>) => {
    const deadline = performance.now() + 180_000
    for (;;) {
      await callThroughAll()
      try {
        return await check()
      } catch (error) {
        if (performance.now() > deadline) throw error
        await pause(200)
      }
    }
  }

  before(async function () {
    zones.needsLocalCluster(this)
    // It rolls operators and edges three times: placement and the condition have unit tests in each run.
    needsWholeForm(this)
    await zones.operatorServes()
    isBegun = true
    await zones.labelNodes(() => undefined)
    // Rolls operators and edges: they have to start in a cluster without zones, too.
    await installChart({ values })
    await waitReady()
    namespace = await zones.freshNamespace('one-zone')
    const bot = zones.aBot(namespace, 'seul')
    number = bot.spec.numbers[0]!
    await zones.applyManifests(bot)
    await zones.kube('wait', 'callbot', 'seul', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await zones.untilPublished(number)
    edges = await everyEdge()
    callers = await Promise.all(edges.map((edge) => callerOf(edge)))
  })
  after(async () => {
    if (!isBegun) return
    for (const caller of callers) caller.close()
    await zones.labelNodes((zone) => zone)
    if (namespace) await zones.removeNamespace(namespace)
    await zones.operatorServes()
  })

  it('starts where no node has the label of a zone, answers through every edge, and says what that risks', async () => {
    await callThroughAll()
    expect(await spreadOf()).to.deep.equal(['kubernetes.io/hostname ScheduleAnyway'])
    const { zones: reported, ready } = await status()
    expect(ready).to.equal('3/3')
    expect(reported).to.deep.equal([{ name: 'no-zone', desired: 3, ready: 3, state: 'Healthy' }])
    expect(await redundancy()).to.include({ status: 'False', reason: 'NoZoneLabels' })
  })

  it('loses no call when all nodes get the label of one zone, over which it is spread then', async () => {
    await zones.labelNodes(() => 'zone-a')
    await callUntil(async () => {
      expect(await redundancy()).to.include({ status: 'False', reason: 'OneZone' })
      expect(await spreadOf()).to.include('topology.kubernetes.io/zone DoNotSchedule')
      expect((await status()).zones).to.deep.equal([{ name: 'zone-a', desired: 3, ready: 3, state: 'Healthy' }])
    })
  })

  it('is spread over three zones as soon as the nodes are, without losing a call', async () => {
    await zones.labelNodes((zone) => zone)
    await callUntil(async () => {
      expect(await redundancy()).to.include({ status: 'True' })
      expect((await status()).zonesReady).to.equal('3/3')
    })
    printFigures('one zone, or none', [['calls, all answered by the bot', String(calls)]])
    writeEvidence('one-zone', { calls })
  })
})
