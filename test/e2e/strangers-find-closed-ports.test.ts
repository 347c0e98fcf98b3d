// @tier check  @seconds 27
import { expect } from 'chai'
import { operatorNamespace, release } from '../../hack/chart.ts'
import { host, operatorImage } from '../../hack/cluster/settings.ts'
import { installChart, waitReady } from '../../hack/install.ts'
import { readyEdges } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import * as zones from '../harness/three-zones.ts'

const OPEN_PORT = 9000

/** A pod that answers on one port, and from which the test looks around. */
const bystander = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'bystander', namespace },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'bystander',
        image: operatorImage,
        imagePullPolicy: 'IfNotPresent',
        command: ['node', '-e', `require('net').createServer((s) => s.end()).listen(${OPEN_PORT}, '0.0.0.0')`],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
})

/** Tries each address for two seconds and prints which of them took the connection. */
const lookAround = (targets: Record<string, string>) => `
  const { connect } = require('net')
  const isOpen = (address) => new Promise((resolve) => {
    const at = address.lastIndexOf(':')
    const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)), timeout: 2000 })
    const end = (open) => { socket.destroy(); resolve(open) }
    socket.on('connect', () => end(true)).on('timeout', () => end(false)).on('error', () => end(false))
  })
  const targets = ${JSON.stringify(targets)}
  Promise.all(Object.entries(targets).map(async ([name, address]) => [name, await isOpen(address)]))
    .then((seen) => console.log(JSON.stringify(Object.fromEntries(seen))))
`

describe('strangers find closed ports', function () {
  this.timeout(240_000)
  let namespace: string
  let targets: Record<string, string>

  /** Of one that stays: others may be on their way out after an upgrade. */
  async function addressOf(inNamespace: string, ...selector: string[]): Promise<string> {
    const { items } = await zones.kubeJson<{ items: { metadata: object; status: { podIP?: string } }[] }>(
      ...['get', 'pods', '-n', inNamespace, ...selector],
    )
    const staying = items.find(({ metadata, status }) => !('deletionTimestamp' in metadata) && status.podIP)
    expect(staying, selector.join(' ')).to.exist
    return staying!.status.podIP!
  }
  const from = async (inNamespace: string, pod: string, ...container: string[]): Promise<Record<string, boolean>> =>
    JSON.parse(await zones.kube('exec', '-n', inNamespace, pod, ...container, '--', 'node', '-e', lookAround(targets)))

  before(async function () {
    zones.needsLocalCluster(this)
    // Trunks may be anywhere unless the installation says where, and then edges call nobody else.
    await installChart({ values: { edge: { trunkCidrs: ['192.0.2.0/24'] } } })
    await waitReady()
    namespace = await zones.freshNamespace('strangers')
    const neighbour = bystander(operatorNamespace)
    await zones.applyManifests(bystander(namespace), neighbour, zones.aBot(namespace, 'bot'))
    await zones.kube('wait', 'callbot', 'bot', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=120s')
    for (const each of [namespace, operatorNamespace]) {
      await zones.kube('wait', 'pod', 'bystander', '-n', each, '--for=condition=Ready', '--timeout=60s')
    }
    const operator = await addressOf(operatorNamespace, '-l', 'app.kubernetes.io/component=operator')
    const bot = await addressOf(namespace, '-l', 'callbots.dev/callbot=bot')
    const edge = await addressOf(operatorNamespace, '-l', 'app.kubernetes.io/component=edge')
    const other = await addressOf(namespace, '--field-selector', 'metadata.name=bystander')
    targets = {
      'metrics of the operator': `${operator}:8443`,
      'health of the operator': `${operator}:8081`,
      'SIP of a bot': `${bot}:5061`,
      'SIP of an edge for callers': `${edge}:5061`,
      'SIP of an edge for bots': `${edge}:5071`,
      'SIP of an edge without TLS': `${edge}:5060`,
      'health of the agent of an edge': `${edge}:8081`,
      'a pod that nobody protects': `${other}:${OPEN_PORT}`,
      'the API server': `${host.address}:${host.apiPort}`,
    }
  })
  after(async () => {
    await zones.kube('delete', 'pod', 'bystander', '-n', operatorNamespace, '--ignore-not-found', '--wait=false')
    if (namespace) await zones.removeNamespace(namespace)
  })

  it("a pod of a client reaches the operator's metrics, which ask for a token, edges as a caller, and nothing else of ours", () =>
    eventually(async () => {
      expect(await from(namespace, 'bystander')).to.deep.equal({
        'metrics of the operator': true,
        'health of the operator': false,
        'SIP of a bot': false,
        'SIP of an edge for callers': true,
        'SIP of an edge for bots': false,
        'SIP of an edge without TLS': false,
        'health of the agent of an edge': false,
        'a pod that nobody protects': true,
        'the API server': true,
      })
    }, 30))

  it("a pod that strays into the operator's namespace reaches nothing at all", () =>
    eventually(async () => {
      const seen = await from(operatorNamespace, 'bystander')
      expect(Object.entries(seen).filter(([, open]) => open)).to.deep.equal([])
    }, 30))

  it('the operator itself reaches the API server and bots, and nobody else', async () => {
    const [pod] = (
      await zones.kube('get', 'pods', '-n', operatorNamespace, '-l', `app.kubernetes.io/name=${release}`, '-o', 'name')
    )
      .trim()
      .split('\n')
    const seen = await from(operatorNamespace, pod!)
    expect(seen['the API server']).to.be.true
    expect(seen['SIP of a bot']).to.be.true
    expect(seen['a pod that nobody protects']).to.be.false
  })

  it('an edge reaches the API server and bots, and nobody else', async () => {
    const [edge] = await readyEdges()
    const seen = await from(operatorNamespace, edge!.pod, '-c', 'agent')
    expect(seen['the API server']).to.be.true
    expect(seen['SIP of a bot']).to.be.true
    expect(seen['metrics of the operator']).to.be.false
    expect(seen['a pod that nobody protects']).to.be.false
  })
})
