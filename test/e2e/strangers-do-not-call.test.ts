// @stage speech  @programs edge  @seconds 95
// @guard test/integration/edge/callers-over-tls.test.ts
// @guard test/integration/edge/inbound-lets-in-who-it-says.test.ts
import { expect } from 'chai'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import { runSipp } from '../../hack/calls/sipp.ts'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { host } from '../../hack/cluster/settings.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import { createAuthority } from '../harness/authority.ts'
import { gatherCallers, within, type Callers } from '../harness/callers.ts'
import { vowels } from '../harness/vowels.ts'
import * as zones from '../harness/three-zones.ts'
import { join } from 'node:path'

const SECRET = 'carrier-authority'
const NUMBER = '+33199000777'

describe('an edge that asks carriers for a certificate, and takes UDP and TCP from one that can do no better', function () {
  this.timeout(600_000)
  const carriers = createAuthority('a carrier')
  let namespace: string
  let callers: Callers

  before(async function () {
    zones.needsLocalCluster(this)
    // For the namespace and the kinds. The files before and after this one want the same speech server.
    await installChart({ values: talkingValues, wait: false })
    namespace = await zones.freshNamespace('carrier')
    await zones.applyManifests({
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRET, namespace: operatorNamespace } },
      stringData: { 'ca.crt': carriers.cert },
    })
    const edge = { tls: { clientCaSecretName: SECRET }, listen: { udp: true, tcp: true } }
    await installChart({ values: { ...talkingValues, edge }, timeoutSeconds: 300 })
    await waitReady()
    const announcement = {
      inline: {
        start: 'text',
        steps: [
          { name: 'text', hangUp: { say: 'La mairie est fermée ce matin. Elle ouvre à quatorze heures. Au revoir.' } },
        ],
      },
    }
    const media = { srtp: 'Disabled', sipTransport: 'Any' } as const
    await zones.applyManifests(zones.aBot(namespace, 'open', { numbers: [NUMBER], dialog: announcement, media }))
    await zones.kube('wait', 'callbot', 'open', '-n', namespace, '--for=condition=Ready', '--timeout=240s')
    callers = await gatherCallers()
  })
  after(async () => {
    await callers?.end()
    if (namespace === undefined) return
    await zones.removeNamespace(namespace)
    await installChart({ values: talkingValues, wait: false })
    await zones.kube('delete', 'secret', SECRET, '-n', operatorNamespace, '--ignore-not-found')
  })

  it('lets nobody in without one, nor with one of another authority', async () => {
    const nobody = await callers.dial(NUMBER, { srtp: 'None' })
    expect(await within(5, nobody)).not.to.equal('Established')
    const stranger = await callers.dial(NUMBER, {
      srtp: 'None',
      identity: createAuthority('a stranger').issue(['carrier']),
    })
    expect(await within(5, stranger)).not.to.equal('Established')
  })

  it('connects who has one', async () => {
    const carrier = await callers.dial(NUMBER, { srtp: 'None', identity: carriers.issue(['carrier.example.net']) })
    expect(await within(15, carrier)).to.equal('Established')
    expect(await carrier.outcome).to.deep.equal({ ended: 'ByBot' })
    expect(carrier.heard().soundSeconds).to.be.greaterThan(2)
  })

  for (const transport of ['udp', 'tcp'] as const) {
    it(`carries whole calls that come over ${transport.toUpperCase()}: SIPp`, async () => {
      const { folder, edges } = callers.place()
      const audio = writeAlaw(join(callers.folder, `${transport}.alaw`), vowels(2))
      const result = await runSipp({
        ...{ folder, transport, target: `${edges[0]!.address}:5060`, number: NUMBER, address: host.address },
        ...{ calls: 3, concurrent: 3, perSecond: 3, srtp: false, audio, ends: { by: 'Bot', withinMs: 60_000 } },
      })
      expect(result, result.errors).to.include({ exitCode: 0, successful: 3, failed: 0 })
    })
  }
})
