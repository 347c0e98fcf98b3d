import { mkdtempSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import type { IntegrationStatus } from '../../src/api/integration.ts'
import { INTEGRATIONS } from '../../src/api/kinds.ts'
import type { Manifest, Raw } from '../../src/kube/raw-object.ts'
import { pathOf, resources } from '../../src/kube/resources.ts'
import { EDGE_STATE_PORT, HEALTH_PORT } from '../../src/operator/render/manifest.ts'
import type { Page } from '../../src/listeners/page-server.ts'
import { orderPage } from '../../src/rules/drill/lease.ts'
import { parseDrillOrder, type LaneOrder, type RealShare } from '../../src/rules/drill/order.ts'
import { trunksDomain } from '../../src/rules/trunks.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import { CLIENT, type Stage } from './crash-stage.ts'
import { BACKUP, createDrillEdge, PRIMARY, type DrillEdge } from './drill-edge.ts'
import { createDrillPod, type CallEnd, type DrillPod } from './drill-pod.ts'
import { eventually } from './eventually.ts'
import { makeEdgePod, serveOperator } from './fake-edge.ts'
import { aWebService } from './operations.ts'
import { startScriptedPod, type ScriptedPod } from './scripted-pod.ts'
import { loopback } from './loopback.ts'
import { startWebService, type WebService } from './web-service.ts'

export const INTEGRATION = 'clinic'
const BOT = 'desk'
const ZONES = ['zone-a', 'zone-b'] as const
const NETWORK = 79
const EDGES = [loopback(NETWORK, 1), loopback(NETWORK, 2)] as const
const PODS = [loopback(NETWORK, 11), loopback(NETWORK, 12)] as const
const HEARTBEAT_MS = 10_000
/** Until an operator that has just been started has done its work, on a busy machine. */
const START_SECONDS = 200

/** Two edges, two pods of a bot in two zones, and an Integration with trunks and endpoints, around an operator that can be killed at each order. */
export interface DrillWorld {
  /** The backup answers tests of drills from now on, or refuses them while there is a fault. */
  backupAnswers(answers: boolean): void
  /** How many edges and pods have a lane of a drill now. */
  lanes(): number
  /** Every order that an edge or a pod got, in words, since the list was emptied. */
  orders: string[]
  close(): Promise<void>
}

/** Far away, so that a drill by hand has a next slot beside it. */
export const FAR_SCHEDULE = { schedule: '30 3 1 1 *', timeZone: 'Etc/UTC', mode: 'DryRun' } as const

const spec = ([paris, lyon]: readonly WebService[]) => ({
  ...{ criticality: 'High', drill: FAR_SCHEDULE },
  sip: {
    trunks: [PRIMARY, BACKUP].map((name) => ({
      ...{ name, role: name === PRIMARY ? 'Primary' : 'Backup', address: { host: `${name}.pbx.test` } },
    })),
    failover: { failback: { holdSeconds: 2 }, onStatusCodes: [503] },
    testCall: { to: '4000' },
  },
  http: {
    endpoints: [
      { name: PRIMARY, role: 'Primary' as const, url: paris!.url, transport: 'Plain' as const },
      { name: BACKUP, role: 'Backup' as const, url: lyon!.url, transport: 'Plain' as const },
    ],
    operations: [
      {
        ...{ name: 'slots', method: 'GET' as const, path: '/slots', idempotency: 'Idempotent' as const },
        timeoutMilliseconds: 2_000,
      },
    ],
    testOperation: 'slots',
    probe: { path: '/health', intervalSeconds: 1, timeoutMilliseconds: 1_000 },
    circuitBreaker: { openSeconds: 2 },
  },
})

const manifest = (kind: string, name: string, body: object) =>
  ({
    ...{ apiVersion: 'callbots.dev/v1alpha1', kind, metadata: { name, namespace: CLIENT }, spec: body },
  }) as unknown as Manifest

/** @param clock of edges and pods */
export async function startDrillWorld(stage: Stage, clock: Clock): Promise<DrillWorld> {
  const { api } = stage
  const services = await Promise.all([startWebService(), startWebService()])
  const nodes = await makeNodes(stage)
  const integration = spec(services)
  const { http } = integration
  await api.kube.apply(manifest('Integration', INTEGRATION, integration), { fieldManager: 'the-user' })
  await api.kube.apply(manifest('Callbot', BOT, botSpec()), { fieldManager: 'the-user' })
  const parties = new Parties(stage, clock, http)
  await parties.begin()
  await eventually(() => routeIsWell(stage), START_SECONDS)
  return {
    backupAnswers(answers) {
      parties.backupAnswers = answers
      const isTest = (headers: IncomingMessage['headers']) => headers['x-callbot-test'] !== undefined
      services[1]!.answer = ({ headers }) => ({ status: !answers && isTest(headers) ? 404 : 200 })
    },
    lanes: () => parties.lanes(),
    get orders() {
      return parties.orders
    },
    set orders(orders) {
      parties.orders = orders
    },
    async close() {
      clearInterval(nodes)
      await parties.close()
      await Promise.all(services.map((service) => service.close()))
    },
  }
}

const botSpec = () => ({
  ...{ numbers: ['+33199000001'], language: 'fr-FR', capacity: { minReplicas: PODS.length } },
  dialog: { inline: { steps: [{ name: 'adieu', hangUp: { say: 'Au revoir.' } }] } },
  integrationRefs: [{ name: INTEGRATION }],
  fallback: { number: '+33199000099', integrationRef: { name: INTEGRATION } },
})

/** Real calls and requests go to the primary, and everybody finds both routes up. */
export async function routeIsWell({ api }: Stage): Promise<void> {
  const status = (await api.kube.get(INTEGRATIONS, CLIENT, INTEGRATION)).status as IntegrationStatus | undefined
  expect(status?.sipRoute, 'sipRoute').to.equal(`Primary/${PRIMARY}`)
  expect(status?.httpRoute, 'httpRoute').to.equal(`Primary/${PRIMARY}`)
  for (const side of ['sip', 'http'] as const) {
    const parts = status?.[side]?.parts?.map(({ name, state, seenBy }) => `${name} ${state} ${seenBy}`)
    expect(parts, `parts of ${side}`).to.have.members([`${PRIMARY} Up 2`, `${BACKUP} Up 2`])
  }
}

async function makeNodes({ api }: Stage): Promise<NodeJS.Timeout> {
  for (const zone of ZONES) {
    const metadata = { name: `node-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } }
    await api.kube.create({ apiVersion: 'v1', kind: 'Node', metadata } as Manifest)
  }
  const beat = async () => {
    const ready = { type: 'Ready', status: 'True', reason: 'Test', message: 'of a test' }
    const status = { conditions: [{ ...ready, lastHeartbeatTime: new Date().toISOString() }] }
    for (const zone of ZONES)
      await api.kube.mergePatch(resources.nodes, undefined, `node-${zone}`, { status }, { subresource: 'status' })
  }
  await beat()
  return setInterval(() => void beat().catch(() => undefined), HEARTBEAT_MS)
}

/** Edges and pods, behind their listeners. */
class Parties {
  backupAnswers = true
  orders: string[] = []
  private readonly edges = new Map<string, DrillEdge>()
  private readonly pods: DrillPod[] = []
  private readonly listening: ScriptedPod[] = []
  private readonly ends: (() => void)[] = []
  private readonly stage: Stage
  private readonly clock: Clock
  private readonly http: object

  constructor(stage: Stage, clock: Clock, http: object) {
    this.stage = stage
    this.clock = clock
    this.http = http
  }

  async begin(): Promise<void> {
    const { api } = this.stage
    const secretOf = (namespace: string, name: string) =>
      eventually(() => api.kube.get(resources.secrets, namespace, name), START_SECONDS)
    await secretOf(operatorNamespace, 'callbot-edge-tls')
    const secret = await secretOf(CLIENT, `${BOT}-sip-tls`)
    for (const [index, address] of EDGES.entries()) await this.beginEdge(address, ZONES[index]!)
    const made = await eventually(async () => {
      const found = await podsOf(this.stage)
      expect(found).to.have.length(PODS.length)
      return found
    }, START_SECONDS)
    const folder = folderOf(secret)
    for (const [index, { metadata }] of made.entries()) {
      await this.beginPod(PODS[index]!, folder)
      await place(this.stage, metadata.name, ZONES[index]!, PODS[index]!)
    }
  }

  lanes(): number {
    const ofEdges = [...this.edges.values()].map((edge) => edge.state().drills)
    const ofPods = this.pods.map((pod) => pod.lanes.view().drills)
    return [...ofEdges, ...ofPods].filter((drills) => drills.length > 0).length
  }

  async close(): Promise<void> {
    this.ends.forEach((end) => end())
    await Promise.all([...this.pods.map((pod) => pod.close()), ...this.listening.map((pod) => pod.stop())])
  }

  private async beginEdge(address: string, zone: string): Promise<void> {
    const { api } = this.stage
    const domain = trunksDomain({ namespace: CLIENT, name: INTEGRATION })
    const edge = createDrillEdge({ zone, domains: [domain], clock: this.clock })
    this.edges.set(address, edge)
    const secret = { namespace: operatorNamespace, name: 'callbot-edge-tls' }
    const answer = async (method: string, path: string, body: string): Promise<Page | undefined> => {
      if (method !== 'PUT') return path === '/state' ? { status: 200, text: JSON.stringify(edge.state()) } : undefined
      const order = parseDrillOrder(body)
      const outcome = order && (await edge.leases.order(order))
      return orderPage(edge.leases.nonce(), outcome)
    }
    const listen = { address, port: EDGE_STATE_PORT }
    this.ends.push(await serveOperator(api, secret, listen, (...asked) => void this.serve('edge', answer, ...asked)))
    await makeEdgePod(api, `edge-${zone}`, { address, node: `node-${zone}` })
  }

  private async beginPod(address: string, folder: string): Promise<void> {
    const pod = createDrillPod({
      ...{ namespace: CLIENT, integration: INTEGRATION, http: aWebService(this.http), clock: this.clock },
      callEnds: (edge, drill) => this.callEnds(edge, drill),
    })
    this.pods.push(pod)
    const secret = { namespace: CLIENT, name: `${BOT}-sip-tls` }
    const answer = async (method: string, path: string, body: string): Promise<Page | undefined> =>
      path === '/state' ? { status: 200, text: JSON.stringify(pod.state()) } : pod.answer(method, path, body)
    const listen = { address, port: HEALTH_PORT }
    const serve: Parameters<typeof serveOperator>[3] = (...asked) => void this.serve('pod', answer, ...asked)
    this.ends.push(await serveOperator(this.stage.api, secret, listen, serve))
    this.listening.push(await startScriptedPod(address, folder, []))
  }

  private callEnds(edge: string, drill: string): CallEnd {
    const call = this.edges.get(edge)?.callOf(drill)
    if (call === undefined) return { outcome: 'Failed', finding: 'NoLease', trunk: null, answerMilliseconds: null }
    const { trunk, fault } = call
    // The one scenario with which a backup that fails is tried.
    if (trunk === BACKUP && fault === 'Blackhole' && !this.backupAnswers)
      return { outcome: 'Failed', finding: 'NoAnswer', trunk: null, answerMilliseconds: null }
    return { outcome: 'Passed', finding: 'AsExpected', trunk, answerMilliseconds: 200 }
  }

  /** Every order passes the gate, as writes to the API server do. */
  private async serve(
    who: 'edge' | 'pod',
    answer: (method: string, path: string, body: string) => Promise<Page | undefined>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { gate } = this.stage.proxy
    const { method = '', url = '' } = request
    const body = await text(request).catch(() => '')
    if (gate.dead) return void response.destroy()
    const what = method === 'PUT' ? wordsOf(who, url, body) : undefined
    const act = what === undefined ? undefined : gate.note(what)
    if (gate.strikes(act, 'before')) return void response.destroy()
    if (what !== undefined) this.orders.push(what)
    const { status, text: told } = (await gate.through(() => answer(method, url, body))) ?? { status: 404, text: '' }
    if (gate.strikes(act, 'unheard')) return void response.destroy()
    response.writeHead(status).end(told, () => act && gate.heard(act))
  }
}

/** `edge: end`, `pod: lane Blackhole`, `pod: test-calls`. */
function wordsOf(who: string, path: string, body: string): string {
  if (path !== '/drill') return `${who}: ${path.split('/')[1]}`
  const { ttlMilliseconds, fault, side, sharePercent = 0 } = JSON.parse(body) as LaneOrder & Partial<RealShare>
  return `${who}: ${ttlMilliseconds === 0 ? 'end' : `lane ${fault}${side === 'Backup' ? ' of the backup' : ''}${sharePercent > 0 ? ' with real calls' : ''}`}`
}

async function podsOf({ api }: Stage): Promise<Raw[]> {
  const found: Raw[] = []
  const labelSelector = `callbots.dev/callbot=${BOT}`
  for await (const raw of api.kube.list(resources.pods, { namespace: CLIENT, labelSelector })) found.push(raw)
  return found
}

/** As scheduler and kubelet would. */
async function place({ api }: Stage, name: string, zone: string, podIP: string): Promise<void> {
  const target = { apiVersion: 'v1', kind: 'Node', name: `node-${zone}` }
  await api.transport.request({
    ...{ purpose: 'readwrite', method: 'POST', path: pathOf(resources.pods, CLIENT, name, 'binding') },
    body: { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target },
  })
  const status = { podIP, podIPs: [{ ip: podIP }] }
  await api.kube.mergePatch(resources.pods, CLIENT, name, { status }, { subresource: 'status' })
}

/** The certificate of a Secret as files. */
function folderOf(secret: Raw): string {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-drill-pod-'))
  for (const [name, value] of Object.entries(secret['data'] as Record<string, string>))
    writeFileSync(join(folder, name), Buffer.from(value, 'base64'), { mode: 0o600 })
  return folder
}
