// @stage speech  @programs operator voice  @seconds 132
// @guard test/integration/operator/certificates.test.ts
import { expect } from 'chai'
import { X509Certificate } from 'node:crypto'
import { operatorNamespace } from '../../hack/chart.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import { newSigningCertificate, toSecretData, fromSecretData } from '../../src/pki/certificate-authority.ts'
import { eventually } from '../harness/eventually.ts'
import { needsWholeForm } from '../harness/extent.ts'
import * as zones from '../harness/three-zones.ts'

/** A kubelet brings a changed Secret into a pod within half its sync period more: here that period is 10 s (hack/cluster/render/kubelet.ts). */
const KUBELET_SECONDS = 30
const OVERLAP_MS = 86_400_000
const YEAR = 31_536_000

describe("a change of the operator's CA", function () {
  this.timeout(600_000)
  let namespace: string
  let lives: string[]
  const ready = async () => zones.readyOf(await zones.botNamed(namespace, 'guarded'))
  const secret = () =>
    zones.kubeJson<{ data: Record<string, string> }>('get', 'secret', 'callbot-ca', '-n', operatorNamespace)
  const authority = async () => fromSecretData((await secret()).data)
  const patch = (data: Record<string, string | null>) =>
    zones.kube('patch', 'secret', 'callbot-ca', '-n', operatorNamespace, '--type=merge', '-p', JSON.stringify({ data }))

  // In little, without a bot: test/integration/operator/certificates.test.ts.
  before(async function () {
    needsWholeForm(this)
    zones.needsLocalCluster(this)
    await installChart({ values: talkingValues, timeoutSeconds: 300 })
    await waitReady()
    namespace = await zones.freshNamespace('authority')
    await zones.applyManifests(zones.aBot(namespace, 'guarded'))
    await zones.kube('wait', 'callbot', 'guarded', '-n', namespace, '--for=condition=Ready', '--timeout=240s')
    lives = await zones.lives(namespace)
  })
  after(async () => {
    if (namespace) await zones.removeNamespace(namespace)
  })

  /** Looks every second: the bot is Ready all the time, by probes over mutual TLS that the operator makes each 1.5 s. */
  async function staysReady(seconds: number): Promise<void> {
    const until = performance.now() + seconds * 1000
    while (performance.now() < until) {
      expect(await ready()).to.include({ status: 'True' })
      await pause(1000)
    }
  }

  it('announces the successor, lets it sign once everyone trusts it, and is noticed by no bot', async () => {
    const soon = newSigningCertificate(Date.now() - OVERLAP_MS + KUBELET_SECONDS * 1000, 5 * YEAR)
    await patch(toSecretData({ next: soon }))
    await staysReady(KUBELET_SECONDS - 5)
    expect((await authority()).current?.serial).not.to.equal(soon.serial)
    await eventually(async () => {
      expect((await authority()).current?.serial).to.equal(soon.serial)
    }, 30)
    await staysReady(KUBELET_SECONDS)
  })

  it('leaves bots with certificates of the successor alone', async () => {
    await patch({ 'previous.crt': null, 'previous.key': null })
    await staysReady(20)
    const { current } = await authority()
    const tls = await zones.kubeJson<{ data: Record<string, string> }>(
      ...['get', 'secret', 'guarded-sip-tls', '-n', namespace],
    )
    const leaf = new X509Certificate(Buffer.from(tls.data['tls.crt']!, 'base64'))
    expect(leaf.verify(new X509Certificate(current!.certificate).publicKey)).to.equal(true)
    expect(Buffer.from(tls.data['ca.crt']!, 'base64').toString()).to.equal(current!.certificate)
  })

  it('restarts no pod', async () => {
    expect(await zones.lives(namespace)).to.deep.equal(lives)
  })
})
