// @tier check  @seconds 34
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { healAll, killPod, startApi, stopApi } from '../../hack/cluster/faults.ts'
import { callABot, callerOf, edgeAuthority, everyEdge, readyEdges, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import type { PlainCaller } from '../harness/plain-caller.ts'
import * as zones from '../harness/three-zones.ts'

describe('calls go on', function () {
  this.timeout(500_000)
  let namespace: string
  let number: string
  let edges: Edge[]

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('edge')
    const bot = zones.aBot(namespace, 'steady')
    number = bot.spec.numbers[0]!
    await zones.applyManifests(bot)
    await zones.kube('wait', 'callbot', 'steady', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    edges = await everyEdge()
    for (const edge of edges) await eventually(() => callVia(edge), 30)
  })
  after(async () => {
    await healAll()
    if (namespace) await zones.removeNamespace(namespace)
  })

  const callVia = (edge: Edge, caller?: PlainCaller) => callABot(edge, number, caller)

  it('through the other zones when the edge of one is killed, and through it when it is back', async () => {
    const [lost, ...others] = edges
    const callers = await Promise.all(others.map((edge) => callerOf(edge)))
    killPod(operatorNamespace, lost!.pod, 'kamailio')
    for (let call = 0; call < 10; call++) {
      for (const [index, edge] of others.entries()) expect(await callVia(edge, callers[index])).to.be.lessThan(1_500)
    }
    for (const caller of callers) caller.close()
    await eventually(() => callVia(lost!), 60)
  })

  it('through an edge whose agent is killed', async () => {
    const [edge] = edges
    killPod(operatorNamespace, edge!.pod, 'agent')
    for (let call = 0; call < 5; call++) expect(await callVia(edge!)).to.be.lessThan(1_500)
    await eventually(async () => expect(await readyEdges()).to.have.lengthOf(3), 60)
  })

  describe('while the API server is stopped', () => {
    let callers: PlainCaller[]
    let ca: string
    let here: { name: string; node: string }

    before(async () => {
      ca = await edgeAuthority()
      callers = await Promise.all(edges.map((edge) => callerOf(edge, ca)))
      const pods = await zones.podsIn(namespace)
      const pod = pods.find(({ spec }) => spec.nodeName === edges[0]!.node)!
      here = { name: pod.metadata.name, node: pod.spec.nodeName! }
      await stopApi()
    })
    after(async () => {
      await startApi()
      for (const caller of callers) caller.close()
    })

    it('through every edge', async () => {
      for (const [index, edge] of edges.entries()) expect(await callVia(edge, callers[index])).to.be.lessThan(1_500)
    })

    it('to another pod when one is killed: the edge finds out by itself', async () => {
      killPod(namespace, here.name)
      for (let call = 0; call < 5; call++) expect(await callVia(edges[0]!, callers[0])).to.be.lessThan(1_500)
    })

    it('and when a proxy is killed with it: it starts from what the agent left', async () => {
      const last = edges[2]!
      callers[2]!.close()
      killPod(operatorNamespace, last.pod, 'kamailio')
      await eventually(async () => {
        callers[2]!.close()
        callers[2] = await callerOf(last, ca)
        expect(await callVia(last, callers[2])).to.be.lessThan(1_500)
      }, 90)
    })
  })
})
