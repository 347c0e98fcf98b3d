// @programs edge  @seconds 36
// @guard test/integration/edge/no-relay-for-strangers.test.ts
import { expect } from 'chai'
import { createSocket, type Socket } from 'node:dgram'
import { host } from '../../hack/cluster/settings.ts'
import { playTrunk, trunkIntegration, type ClientTrunk } from '../harness/client-trunks.ts'
import { everyEdge, type Edge } from '../harness/edges.ts'
import type { SippTrunk } from '../harness/sipp-trunk.ts'
import * as zones from '../harness/three-zones.ts'

const LINE: ClientTrunk = { name: 'line', role: 'Primary', port: 25_080, transport: 'UDP' }
const VICTIM_PORT = 25_090

/** What runs in the pod of a bot: requests by the pod's own certificate to an edge's port for pods. Prints one status a line. */
const ATTACK = `
const [edge, ...texts] = JSON.parse(process.argv[1])
const { connect } = require('node:tls'), { readFileSync } = require('node:fs')
const read = (name) => readFileSync('/etc/callbot/tls/' + name)
const socket = connect({ host: edge, port: 5071, cert: read('tls.crt'), key: read('tls.key'), ca: read('ca.crt'), checkServerIdentity: () => undefined })
let waiting = texts.length
socket.on('data', (data) => {
  for (const [, status] of String(data).matchAll(/^SIP\\/2[.]0 (\\d+)/gm)) {
    if (status === '100') continue
    console.log(status)
    if (--waiting === 0) process.exit()
  }
})
socket.on('error', (error) => { console.log(error.message); process.exit() })
socket.on('secureConnect', () => { for (const text of texts) socket.write(text) })
setTimeout(() => process.exit(), 5000)
`

describe("a pod of one client, with its certificate of the operator's authority", function () {
  this.timeout(400_000)
  const namespaces: string[] = []
  let edges: Edge[]
  let line: SippTrunk
  let victim: Socket
  const received: string[] = []
  let pod: string

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.sharedOperatorServes()
    for (const purpose of ['neighbour', 'client']) namespaces.push(await zones.freshNamespace(purpose))
    const [own, other] = namespaces as [string, string]
    line = await playTrunk(LINE, [180, 200])
    victim = createSocket('udp4').on('message', (message) => received.push(String(message)))
    await new Promise<void>((resolve) => victim.bind(VICTIM_PORT, host.address, resolve))
    const fallback = { number: '+33900000000', integrationRef: { name: 'line' } }
    await zones.applyManifests(
      zones.aBot(own, 'curious'),
      trunkIntegration(other, 'line', [LINE]),
      zones.aBot(other, 'served', { integrationRefs: [{ name: 'line' }], fallback }),
    )
    for (const namespace of namespaces)
      await zones.kube('wait', 'callbots', '--all', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=240s')
    edges = await everyEdge()
    pod = (await zones.settledPods(own))[0]!.metadata.name
  })
  after(async () => {
    victim?.close()
    await line?.stop()
    for (const namespace of namespaces) await zones.removeNamespace(namespace)
  })

  let count = 0
  const inDialog = (edge: Edge, method: string, uri: string, routes: string[]) =>
    [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK${++count}`,
      ...routes.map((route) => `Route: <sip:${route}>`),
      `From: <sip:x@example.com>;tag=1`,
      `To: <sip:y@example.com>;tag=2`,
      `Call-ID: made-up-${count}`,
      `CSeq: ${count} ${method}`,
      `Contact: <sip:x@${edge.address}:5061>`,
      'Max-Forwards: 70',
      'Content-Length: 0',
      '\r\n',
    ].join('\r\n')

  it("reaches neither another client's trunk nor any other host by a To tag, at any edge", async () => {
    const rung = line.headers()
    for (const edge of edges) {
      const texts = [LINE.port, VICTIM_PORT].flatMap((port) => {
        const target = `sip:+33899000000@${host.address}:${port};transport=udp`
        const own = [`${edge.address}:5071;transport=tls;r2=on;lr`, `${edge.address}:5080;r2=on;lr`]
        return [[], own, own.slice(0, 1), own.slice(1), [...own, `${host.address}:${port};lr`]].flatMap((routes) =>
          ['INVITE', 'BYE', 'REFER', 'MESSAGE'].map((method) => inDialog(edge, method, target, routes)),
        )
      })
      const [own] = namespaces
      const node = ['exec', '-n', own!, pod, '--', 'node', '-e', ATTACK]
      const answers = (await zones.kube(...node, JSON.stringify([edge.address, ...texts]))).trim().split('\n')
      expect(answers, edge.node).to.deep.equal(Array(texts.length).fill('481'))
    }
    expect(received, 'what the other host heard').to.deep.equal([])
    expect(line.headers(), 'what the trunk heard, but for probes').to.equal(rung)
  })
})
