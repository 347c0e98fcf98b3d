// @stage speech  @programs operator edge voice speech records store-server  @seconds 300  @alone
// @guard test/golden/chart/placement.test.ts
// @guard test/unit/operator/report/conditions/placement.test.ts
// @guard test/unit/voice/speech/speech-client.test.ts
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { host, zones as clusterZones } from '../../hack/cluster/settings.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import type { CallbotInput } from '../../src/api/callbot.ts'
import { callABot, readyEdges } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { needsWholeForm } from '../harness/extent.ts'
import { judgeLiveCalls, startLiveCalls, type LiveCalls } from '../harness/live-calls.ts'
import { longReading } from '../harness/long-reading.ts'
import * as zones from '../harness/three-zones.ts'
import { startWebService, type WebService } from '../harness/web-service.ts'

const LABEL = 'topology.kubernetes.io/region'
/** Of all nodes of the local cluster. */
const [HERE, ELSEWHERE] = ['eu-local', 'elsewhere']
const LONGEST_REPORT_SECONDS = 10
const CALL_SECONDS = 45
const NUMBER = zones.aNumber()
/** No volumes on this machine: the database of this test is lost with its pod. */
const values = { ...talkingValues, records: { enabled: true, postgres: { storage: { ephemeral: true, size: '2Gi' } } } }
/** By the names of their pods; the relay is in those of the edges. */
const PROGRAMS = [
  'callbot-operator',
  'callbot-edge',
  'callbot-speech',
  'callbot-postgres',
  'callbot-records',
  'domicile',
]
const nodeOf = (zone: string) => clusterZones.find(({ name }) => name === zone)!.node

describe('an installation with placement.regions', function () {
  this.timeout(1_200_000)
  let namespace: string
  /** An endpoint and a speech server that are declared elsewhere, and an endpoint that is declared inside. */
  let outside: { endpoint: WebService; provider: WebService }
  let inside: WebService
  let live: LiveCalls | undefined
  let isBegun = false

  const regionOf = (zone: string, region: string | undefined) =>
    zones.kube('label', 'node', nodeOf(zone), '--overwrite', region === undefined ? `${LABEL}-` : `${LABEL}=${region}`)
  const status = async (name = 'domicile') => (await zones.botNamed(namespace, name)).status
  const placementMet = async (name?: string) =>
    (await status(name))?.conditions?.find(({ type }) => type === 'PlacementMet')
  const allPods = async () => [...(await zones.podsIn(operatorNamespace)), ...(await zones.podsIn(namespace))]
  const connections = () => ({
    endpoint: outside.endpoint.connections,
    provider: outside.provider.connections,
  })

  const bot = (name: string, spec: Partial<CallbotInput['spec']>) =>
    zones.aBot(namespace, name, { dialog: longReading(CALL_SECONDS + 30), ...spec })

  /** It asks an endpoint first, and would have a speech server elsewhere. */
  const applied = async () => {
    const steps = longReading(CALL_SECONDS + 30).inline.steps
    const book = { name: 'book', request: { integration: 'agenda', operation: 'book' }, next: steps[0]!.name }
    const http = {
      endpoints: [
        { name: 'far', role: 'Primary', url: outside.endpoint.url, transport: 'Plain', region: ELSEWHERE },
        { name: 'near', role: 'Backup', url: inside.url, transport: 'Plain', region: HERE },
      ],
      operations: [{ name: 'book', method: 'POST', path: '/book', timeoutMilliseconds: 1_500 }],
      probe: { path: '/health', intervalSeconds: 1, timeoutMilliseconds: 500 },
    }
    const integration = {
      apiVersion: 'callbots.dev/v1alpha1',
      kind: 'Integration',
      metadata: { name: 'agenda', namespace },
    }
    const far = { url: outside.provider.url, region: ELSEWHERE, timeoutMilliseconds: 500 }
    await zones.applyManifests(
      { ...integration, spec: { criticality: 'Standard', http } },
      zones.aRetentionPolicy(namespace, 'day'),
      bot('domicile', {
        numbers: [NUMBER],
        dialog: { inline: { steps: [book, ...steps] } },
        integrationRefs: [{ name: 'pbx' }, { name: 'agenda' }],
        speech: { tts: [far, { type: 'Embedded', timeoutMilliseconds: 3_000 }] },
        retentionPolicyRef: { name: 'day' },
        capacity: { callsPerPod: 20 },
      }),
    )
  }

  before(async function () {
    zones.needsLocalCluster(this)
    // It moves everything out of a zone; the judgement, the chart and the programs have unit tests in each run.
    needsWholeForm(this)
    isBegun = true
    await installChart({ values, timeoutSeconds: 420 })
    await waitReady()
    namespace = await zones.freshNamespace('domicile')
    const [endpoint, provider, near] = await Promise.all(
      [1, 2, 3].map(() => startWebService({ address: host.address })),
    )
    outside = { endpoint: endpoint!, provider: provider! }
    inside = near!
    await applied()
    await zones.kube('wait', 'callbot', 'domicile', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=240s')
    // Without a placement both are used: the counts below can be other than 0.
    await eventually(() => {
      expect(connections().endpoint, 'connections to the endpoint').to.be.greaterThan(0)
      expect(connections().provider, 'connections to the speech server').to.be.greaterThan(0)
    }, 60)
    await regionOf('zone-c', ELSEWHERE)
    await installChart({ values: { ...values, placement: { regions: [HERE] } }, timeoutSeconds: 420 })
    await waitReady()
  })
  after(async () => {
    await live?.stop()
    if (!isBegun) return
    for (const { name } of clusterZones) await regionOf(name, HERE)
    await Promise.all([outside?.endpoint, outside?.provider, inside].map((service) => service?.close()))
    if (namespace) await zones.removeNamespace(namespace)
    await zones.operatorServes()
  })

  it('runs no pod of its six programs in a zone of another region, and has its bots in the two others', async () => {
    await eventually(async () => {
      const pods = await allPods()
      const there = pods.filter(({ spec }) => spec.nodeName === nodeOf('zone-c')).map(({ metadata }) => metadata.name)
      expect(there, 'pods in zone-c').to.deep.equal([])
      for (const program of PROGRAMS)
        expect(
          pods.some(({ metadata }) => metadata.name.startsWith(program)),
          program,
        ).to.equal(true)
      expect(await status()).to.include({ placement: 'Inside', ready: '3/3', zonesReady: '2/2' })
    }, 300)
  })

  it('sends nothing to an endpoint and a speech server that are declared elsewhere, of a bot that was there before', async () => {
    const [before, asked] = [connections(), inside.received.length]
    const edges = await readyEdges()
    for (const edge of [...edges, ...edges]) await callABot(edge, NUMBER)
    await eventually(() => expect(inside.received.length).to.be.greaterThan(asked), 10)
    expect(connections()).to.deep.equal(before)
  })

  it('reports a node that loses its label within 10 s, names pod, node and label, and cuts none of 10 calls', async () => {
    const edges = (await readyEdges()).slice(0, 2)
    await eventually(async () => expect((await status())?.calls).to.equal(0), 120)
    live = await startLiveCalls({ number: NUMBER, edges, callsPerEdge: 5, seconds: CALL_SECONDS })
    await eventually(async () => expect((await status())?.calls).to.equal(10), 30)
    const before = await zones.lives(namespace)
    const began = performance.now()
    await regionOf('zone-b', undefined)
    const message = await eventually(async () => {
      const condition = await placementMet()
      expect(condition).to.include({ status: 'False', reason: 'PodsOutside' })
      return condition!.message
    }, 60)
    const seconds = (performance.now() - began) / 1_000
    const verdict = await judgeLiveCalls(live)
    printFigures('a node loses the label of its region under live calls', [
      ['reported after', `${seconds.toFixed(1)} s`],
      ['live calls', `${verdict['live calls']}, ${verdict['live calls lost']} lost`],
    ])
    writeEvidence('placement', { seconds, ...verdict, outside: connections() })
    expect(message).to.match(
      new RegExp(`^pod domicile-\\S+ runs on node ${nodeOf('zone-b')}, which lacks the label ${LABEL} with ${HERE}`),
    )
    expect(seconds).to.be.lessThan(LONGEST_REPORT_SECONDS)
    expect(await zones.lives(namespace), 'pods').to.deep.equal(before)
    expect((await status())?.placement).to.match(/^[1-9][0-9]* outside$/)
    await regionOf('zone-b', HERE)
    await eventually(async () => expect((await status())?.placement).to.equal('Inside'), LONGEST_REPORT_SECONDS)
  })

  it('refuses a bot that names another region, and leaves pods Pending for which no node is inside', async () => {
    const placed = (name: string, regions: string[], certifications: 'HDS'[]) =>
      zones.applyManifests(bot(name, { placement: { regions, certifications } }))
    const refused = await placed('ailleurs', [ELSEWHERE], []).catch(String)
    expect(refused).to.include(`${ELSEWHERE} is outside, for the installation has only ${HERE}`)
    await placed('nulle-part', [], ['HDS'])
    await eventually(async () => {
      expect(await placementMet('nulle-part')).to.include({ status: 'False', reason: 'NoNodeInside' })
      const pods = (await zones.podsIn(namespace)).filter(({ metadata }) => metadata.name.startsWith('nulle-part'))
      expect(new Set(pods.map((pod) => pod.status.phase))).to.deep.equal(new Set(['Pending']))
    }, 60)
    expect((await placementMet('nulle-part'))?.message).to.include('callbots.node-restriction.kubernetes.io/HDS')
  })
})
