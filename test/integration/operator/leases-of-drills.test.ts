// @seconds 18
import { text } from 'node:stream/consumers'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect } from 'chai'
import { operatorNamespace } from '../../../hack/chart.ts'
import type { FailoverDrillStatus } from '../../../src/api/failover-drill.ts'
import type { IntegrationStatus } from '../../../src/api/integration.ts'
import { FAILOVER_DRILLS, INTEGRATIONS } from '../../../src/api/kinds.ts'
import type { Manifest } from '../../../src/kube/raw-object.ts'
import { resources } from '../../../src/kube/resources.ts'
import { EDGE_STATE_PORT } from '../../../src/operator/render/manifest.ts'
import { orderPage } from '../../../src/rules/drill/lease.ts'
import { parseDrillOrder } from '../../../src/rules/drill/order.ts'
import { trunksDomain } from '../../../src/rules/trunks.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import type { TestApiServer } from '../../harness/api-server.ts'
import { CLIENT, PODS, useStage } from '../../harness/crash-stage.ts'
import { BACKUP, createDrillEdge, PRIMARY, type DrillEdge } from '../../harness/drill-edge.ts'
import { eventually } from '../../harness/eventually.ts'
import { makeEdgePod, serveOperator } from '../../harness/fake-edge.ts'
import { loopback } from '../../harness/loopback.ts'
import { brokenLaws } from '../../harness/status-laws.ts'

const NEIGHBOUR = 'roses'
/** One more than an edge can count down. */
const OWN = Array.from({ length: 9 }, (_, nth) => `clinic-${nth + 1}`)
/** What a drill that waits for nobody needs, at most, until an edge has its lease; it takes less than a second where nothing else runs. Seconds. */
const USUAL_SECONDS = 5

/** Without a pod that could place a test call in the zone of the edge, a drill stays in its baseline, with its lease. */
async function makeNode({ kube }: TestApiServer): Promise<void> {
  const metadata = { name: 'node-zone-a', labels: { 'topology.kubernetes.io/zone': 'zone-a' } }
  await kube.create({ apiVersion: 'v1', kind: 'Node', metadata } as Manifest)
  const lastHeartbeatTime = new Date().toISOString()
  const ready = { type: 'Ready', status: 'True', reason: 'Test', message: 'of a test', lastHeartbeatTime }
  await kube.mergePatch(
    resources.nodes,
    undefined,
    metadata.name,
    { status: { conditions: [ready] } },
    { subresource: 'status' },
  )
}

describe('drills of a namespace that starts more of them than an edge has leases', function () {
  this.timeout(180_000)
  const stage = useStage()
  let edge: DrillEdge
  let close: () => void
  const kube = () => stage().api.kube
  const make = (kind: string, namespace: string, name: string, spec: object) =>
    kube().create({
      ...{ apiVersion: 'callbots.dev/v1alpha1', kind, metadata: { name, namespace } },
      spec,
    } as unknown as Manifest)
  const integration = (namespace: string, name: string) =>
    make('Integration', namespace, name, {
      sip: {
        trunks: [PRIMARY, BACKUP].map((trunk) => ({
          ...{ name: trunk, role: trunk === PRIMARY ? 'Primary' : 'Backup', address: { host: `${trunk}.pbx.test` } },
        })),
        testCall: { to: '4000' },
      },
    })
  const drill = (namespace: string, of: string, name = of) =>
    make('FailoverDrill', namespace, name, {
      ...{ integrationRef: { name: of }, side: 'SIP', scenario: 'Blackhole', mode: 'Synthetic' },
    })
  const statusOf = async (namespace: string, name: string) =>
    ((await kube().get(FAILOVER_DRILLS, namespace, name)).status ?? {}) as FailoverDrillStatus
  const saysOf = async (namespace: string, name: string) => {
    const { state, verdict, conditions } = await statusOf(namespace, name)
    return `${verdict ?? state} ${conditions?.find(({ type }) => type === 'Succeeded')?.reason}`
  }
  /** Integrations (`namespace/name`) for which the edge has a lease. */
  const leased = () => edge.state().drills.map((each) => each.integration)
  const warningsOf = async (namespace: string, name: string) => {
    const found: unknown[] = []
    for await (const event of kube().list(resources.events, { namespace }))
      if ((event['regarding'] as { name: string }).name === name && event['type'] === 'Warning')
        found.push(event['reason'])
    return found
  }
  const abort = (namespace: string, name: string) =>
    kube().mergePatch(FAILOVER_DRILLS, namespace, name, { spec: { desiredState: 'Abort' } })

  before('an edge that judges orders by its own code, and ten Integrations', async () => {
    await eventually(() => kube().get(resources.secrets, operatorNamespace, 'callbot-edge-tls'), 30)
    await kube().create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NEIGHBOUR } } as never)
    const all = [...OWN.map((name) => ({ namespace: CLIENT, name })), { namespace: NEIGHBOUR, name: 'clinic' }]
    edge = createDrillEdge({ zone: 'zone-a', domains: all.map(trunksDomain), clock: systemClock })
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      const order = request.method === 'PUT' ? parseDrillOrder(await text(request)) : undefined
      const page =
        order === undefined
          ? { status: 200, text: JSON.stringify(edge.state()) }
          : orderPage(edge.leases.nonce(), await edge.leases.order(order))
      response.writeHead(page.status).end(page.text)
    }
    const address = loopback(84, 1)
    const secret = { namespace: operatorNamespace, name: 'callbot-edge-tls' }
    close = await serveOperator(stage().api, secret, { address, port: EDGE_STATE_PORT }, (...asked) => {
      void answer(...asked)
    })
    await makeNode(stage().api)
    await makeEdgePod(stage().api, 'edge-1', { address, node: 'node-zone-a' })
    for (const { namespace, name } of all) await integration(namespace, name)
    for (const { namespace, name } of all)
      await eventually(async () => {
        const { sipRoute } = ((await kube().get(INTEGRATIONS, namespace, name)).status ?? {}) as IntegrationStatus
        expect(sipRoute).to.equal(`Primary/${PRIMARY}`)
      }, 30)
  })
  after(() => close?.())

  it('leave a neighbour its lease, within the time that it takes in any case', async () => {
    for (const name of OWN) await drill(CLIENT, name)
    await eventually(() => expect(leased()).to.include(`${CLIENT}/${OWN[0]}`), 20)
    await drill(NEIGHBOUR, 'clinic')
    await eventually(() => expect(leased()).to.include(`${NEIGHBOUR}/clinic`), USUAL_SECONDS)
  })

  it('have one lease: the oldest has it, the others wait and say for what', async () => {
    await eventually(async () => {
      expect(await saysOf(CLIENT, OWN[0]!)).to.equal('Baseline DrillRuns')
      for (const name of OWN.slice(1)) expect(await saysOf(CLIENT, name), name).to.equal('Pending WaitingForLease')
    }, 20)
    expect(leased()).to.have.members([`${CLIENT}/${OWN[0]}`, `${NEIGHBOUR}/clinic`])
    const { conditions } = await statusOf(CLIENT, OWN[1]!)
    expect(conditions!.find(({ type }) => type === 'Succeeded')).to.deep.include({
      ...{ status: 'Unknown', reason: 'WaitingForLease' },
      message:
        `a namespace has one of the 8 leases of the edges at a time: the drill ${OWN[0]} has it. ` +
        'This drill begins by itself when that one has ended; to begin sooner, set desiredState: Abort there.',
    })
    expect(brokenLaws(await kube().get(FAILOVER_DRILLS, CLIENT, OWN[1]!))).to.deep.equal([])
  })

  it('pass it on, in the order of their age, when it is free: after the end of a drill, and after its deletion', async () => {
    await abort(CLIENT, OWN[0]!)
    await eventually(() => expect(leased()).to.include(`${CLIENT}/${OWN[1]}`), 10)
    expect(await saysOf(CLIENT, OWN[2]!)).to.equal('Pending WaitingForLease')
    await kube().remove(FAILOVER_DRILLS, CLIENT, OWN[1]!)
    await eventually(() => expect(leased()).to.include(`${CLIENT}/${OWN[2]}`), 10)
    await eventually(() => expect(leased()).to.have.members([`${CLIENT}/${OWN[2]}`, `${NEIGHBOUR}/clinic`]), 10)
  })

  it('leave a record with their Integration when they are deleted while they run, though no operator ran at that moment', async () => {
    const deletedOf = async (namespace: string, name: string) => {
      const { deletedDrill } = ((await kube().get(INTEGRATIONS, namespace, name)).status ?? {}) as IntegrationStatus
      return deletedDrill && `${deletedDrill.name} ${deletedDrill.state} ${deletedDrill.verdict}`
    }
    await kube().remove(FAILOVER_DRILLS, CLIENT, OWN[2]!)
    await eventually(async () => expect(await deletedOf(CLIENT, OWN[2]!)).to.equal(`${OWN[2]} Baseline Aborted`), 10)
    await eventually(async () => expect(await warningsOf(CLIENT, OWN[2]!)).to.deep.equal(['DrillDeleted']), 10)
    stage().operator.kill()
    await kube().remove(FAILOVER_DRILLS, NEIGHBOUR, 'clinic')
    stage().start(PODS[0])
    await eventually(async () => expect(await deletedOf(NEIGHBOUR, 'clinic')).to.equal('clinic Baseline Aborted'), 60)
    expect(brokenLaws(await kube().get(INTEGRATIONS, NEIGHBOUR, 'clinic'))).to.deep.equal([])
  })

  it('can be aborted while they wait, and then were never begun', async () => {
    await abort(CLIENT, OWN[8]!)
    await eventually(async () => expect(await saysOf(CLIENT, OWN[8]!)).to.equal('Skipped AbortedByPerson'), 10)
  })
})
