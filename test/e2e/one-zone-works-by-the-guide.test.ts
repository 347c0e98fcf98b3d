// @stage speech  @programs voice edge
// @guard test/integration/chart/install.test.ts
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBaresip, type Baresip } from '../../hack/calls/baresip.ts'
import { startCapture, stopComplete } from '../../hack/calls/capture.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import { masqueradeAtNodes, removeOutside } from '../../hack/cluster/outside.ts'
import { host, podCidr, zones as clusterZones } from '../../hack/cluster/settings.ts'
import { until } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { PUBLIC_ADDRESS_ANNOTATION } from '../../src/edge/plan/public-address.ts'
import { needsWholeForm } from '../harness/extent.ts'
import { followCommands, shellBlocksOf } from '../harness/guide-commands.ts'
import * as zones from '../harness/three-zones.ts'

const POD_SECURITY = 'pod-security.kubernetes.io/enforce'

describe('who follows docs/guides/clusters.md in a cluster whose nodes name no zone', function () {
  this.timeout(900_000)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-guide-'))
  const [, install = '', call = ''] = shellBlocksOf('docs/guides/clusters.md', 'Without zones: kind, k3d')
  let caller: Baresip | undefined
  let isBegun = false

  before(async function () {
    zones.needsLocalCluster(this)
    // It rolls operators and edges: placement, ports and addresses have tests in each run.
    needsWholeForm(this)
    isBegun = true
    await zones.labelNodes(() => undefined)
    await masqueradeAtNodes(`${host.address}/32`)
  })
  after(async () => {
    rmSync(folder, { recursive: true, force: true })
    if (!isBegun) return
    await caller?.stop()
    await removeOutside()
    await zones.labelNodes((zone) => zone)
    for (const { node } of clusterZones) await zones.kube('annotate', 'node', node, `${PUBLIC_ADDRESS_ANNOTATION}-`)
    await zones.kube('delete', 'namespace', 'first-bot', '--ignore-not-found', '--wait=false')
    // A label of which kubectl is the manager could not be applied again.
    await zones.kube('label', 'namespace', operatorNamespace, `${POD_SECURITY}-`)
    await zones.operatorServes()
  })

  it('has a bot that helm test calls and hears', async () => {
    const images = join(folder, 'images.yaml')
    // The images of the local cluster are those that the chart names.
    writeFileSync(images, '{}')
    const printed = await followCommands(install.replace('images.yaml', images))
    expect(printed)
      .to.include('passed: the bot answered and was heard')
      .and.match(/Phase: +Succeeded/)
  })

  it('calls it from a machine that has a route to the nodes, hears it, and meets no address of a pod', async () => {
    const [addressLine = ''] = call.split('\n')
    const address = (await followCommands(`${addressLine}\necho $address`)).trim()
    const [, account = '', uri = ''] = /\/uanew <(.*?)>.*?"\/dial (.*?)"/.exec(call) ?? []
    expect(account).to.include('transport=tls')
    const file = join(folder, 'pods.pcap')
    const capture = await startCapture({ file, networkInterface: 'any', filter: `udp and net ${podCidr}` })
    caller = await startBaresip({
      ...{ folder: join(folder, 'caller'), user: 'me', networkInterface: host.link },
      ...{ transport: 'tls', srtp: 'Mandatory', codec: 'PCMA' },
    })
    await caller.dial(uri.replace('$address', address))
    await until('an answer', 20, () => caller!.isEstablished())
    await until('the bot is heard', 20, () => caller!.heard().soundSeconds > 2)
    const suite = caller.suite()
    await caller.hangUp()
    await stopComplete(capture)
    const { soundSeconds } = caller.heard()
    printFigures('a call by the guide', [['seconds of the bot', soundSeconds.toFixed(1)]])
    writeEvidence('one-zone-by-the-guide', { soundSeconds })
    expect(suite).to.be.a('string')
    expect([...packetsIn(file)].map(({ from, to }) => `${from} ${to}`)).to.deep.equal([])
  })
})
