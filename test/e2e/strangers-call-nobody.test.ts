// @programs edge  @seconds 77
// @guard test/integration/edge/inbound-lets-in-who-it-says.test.ts
import { expect } from 'chai'
import { host } from '../../hack/cluster/settings.ts'
import { installChart, waitReady } from '../../hack/install.ts'
import { trunkIntegration } from '../harness/client-trunks.ts'
import { callerOf, everyEdge, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { startPlainCaller, type PlainCaller } from '../harness/plain-caller.ts'
import * as zones from '../harness/three-zones.ts'

describe('where only known callers may call, and no carrier is known', function () {
  this.timeout(600_000)
  const namespaces: string[] = []
  const numbers = { own: zones.aNumber(), tlsOnly: zones.aNumber(), other: zones.aNumber() }
  let edges: Edge[]

  before(async function () {
    zones.needsLocalCluster(this)
    await installChart({ values: { edge: { callers: 'Known' } } })
    await waitReady()
    for (const purpose of ['client', 'other']) namespaces.push(await zones.freshNamespace(purpose))
    const [own, other] = namespaces as [string, string]
    const inbound = { sources: [`${host.address}/32`] }
    const integration = trunkIntegration(own, 'system', [
      { name: 'udp', role: 'Primary', port: 25_082, transport: 'UDP' },
    ])
    const [udp] = integration.spec.sip.trunks
    const tls = { ...udp, name: 'tls', role: 'Backup', transport: 'TLS', srtp: 'Required' }
    integration.spec.sip.trunks = [udp!, tls as typeof udp & object].map((trunk) => ({ ...trunk!, inbound }))
    const any = { sipTransport: 'Any', srtp: 'Preferred' } as const
    await zones.applyManifests(
      integration,
      zones.aBot(own, 'any', {
        numbers: [numbers.own],
        media: any,
        integrationRefs: [{ name: 'system' }, { name: 'pbx' }],
      }),
      zones.aBot(own, 'tls-only', { numbers: [numbers.tlsOnly] }),
      zones.aBot(other, 'any', { numbers: [numbers.other], media: any }),
    )
    for (const namespace of namespaces)
      await zones.kube('wait', 'callbots', '--all', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=240s')
    edges = await everyEdge()
    await zones.untilPublished(...Object.values(numbers))
  })
  after(async () => {
    for (const namespace of namespaces) await zones.removeNamespace(namespace)
    await installChart({ wait: false })
  })

  const statusOf = async (caller: PlainCaller, number: string, seconds = 5) => {
    const attempt = caller.invite(number)
    const answer = await attempt.outcome(seconds)
    if (answer?.status === 200) for (const method of ['ACK', 'BYE']) attempt.within(method)
    return answer?.status
  }

  it("a client's telephone system calls its own bots over the transports of its trunks, and nobody else's", async () => {
    for (const edge of edges) {
      const [byTls, byUdp] = [await callerOf(edge), await startPlainCaller(host.address, edge.address, 5080)]
      await eventually(async () => expect(await statusOf(byTls, numbers.own), edge.node).to.equal(200), 30)
      expect(await statusOf(byUdp, numbers.own)).to.equal(200)
      expect(await statusOf(byTls, numbers.other)).to.equal(403)
      expect(await statusOf(byUdp, numbers.other, 1)).to.equal(undefined)
      for (const caller of [byTls, byUdp]) caller.close()
    }
  })

  it('a bot that takes TLS only is called by TLS only', async () => {
    const [edge] = edges as [Edge]
    const [byTls, byUdp] = [await callerOf(edge), await startPlainCaller(host.address, edge.address, 5080)]
    expect(await statusOf(byTls, numbers.tlsOnly)).to.equal(200)
    expect(await statusOf(byUdp, numbers.tlsOnly)).to.equal(403)
    for (const caller of [byTls, byUdp]) caller.close()
  })
})
