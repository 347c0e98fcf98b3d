// @programs operator voice  @seconds 101
// @guard test/integration/http/a-drill-of-a-web-service.test.ts
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { freezePod, healAll, killPod, startApi, stopApi, thawPod } from '../../hack/cluster/faults.ts'
import { host } from '../../hack/cluster/settings.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { figureRows, printFigures, writeEvidence } from '../../hack/evidence.ts'
import type { IntegrationStatus } from '../../src/api/integration.ts'
import { drillsIn } from '../harness/drill-stage.ts'
import { drilledWebService } from '../harness/drilled-web-service.ts'
import { callerOf, readyEdges } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent, needsWholeForm } from '../harness/extent.ts'
import type { PlainCaller } from '../harness/plain-caller.ts'
import * as zones from '../harness/three-zones.ts'
import { type Received, startWebService, type WebService } from '../harness/web-service.ts'

const SCENARIOS = (['Blackhole', 'Refuse', 'Disconnect'] as const).slice(0, extent('SCENARIOS', { short: 1, whole: 3 }))
/** Callers whose dialog asks the web service, all the while. */
const CALLERS_EVERY_MS = extent('CALLERS_EVERY_MS', { short: 1_000, whole: 500 })
const NUMBER = zones.aNumber()
/** N8: a lease is 3 s at most, and a look takes a while. */
const GONE_SECONDS = 4
/** An operator that loses the API server leads until its last renewal is 4 s old: it may order until then, but no lease beyond. */
const WITHOUT_API_SECONDS = GONE_SECONDS + 0.5
const FROZEN_SECONDS = 12
const FAULTS = [
  {
    what: 'its operator is killed',
    within: GONE_SECONDS,
    strike: (leader: string) => killPod(operatorNamespace, leader),
  },
  { what: 'the API server is stopped', within: WITHOUT_API_SECONDS, strike: stopApi, undo: startApi },
  {
    what: 'its operator is frozen, and thawed when another one leads',
    within: GONE_SECONDS,
    strike: (leader: string) => freezePod(operatorNamespace, leader),
    undo: async (leader: string) => (await pause(FROZEN_SECONDS * 1_000), thawPod(operatorNamespace, leader)),
  },
].slice(0, extent('FAULTS', { short: 1, whole: 3 }))
/** Two test requests fail, the operator sees that at its next poll, and sends orders. */
const END_SECONDS = 12
const LOOK_SECONDS = 2.5
const ZONES = 3

const dialog = {
  steps: [
    { name: 'book', request: { integration: 'agenda', operation: 'book' }, next: 'end' },
    { name: 'end', hangUp: {} },
  ],
}

const integration = (namespace: string, [paris, lyon]: readonly WebService[]) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { name: 'agenda', namespace } },
  spec: {
    criticality: 'High',
    http: drilledWebService({ name: 'paris', url: paris!.url }, { name: 'lyon', url: lyon!.url }, [
      { name: 'book', method: 'POST', path: '/book', timeoutMilliseconds: 1_500 },
    ]),
  },
})

describe("a synthetic drill of a client's web service", function () {
  this.timeout(420_000)
  let namespace: string
  let services: WebService[]
  let callers: PlainCaller[]
  const figures: Record<string, Record<string, number>> = {}

  before(async function () {
    zones.needsLocalCluster(this)
    // test/integration/http/a-drill-of-a-web-service drills a real pod in each run.
    needsWholeForm(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('agenda-drill')
    services = await Promise.all([1, 2].map(() => startWebService({ address: host.address })))
    await zones.applyManifests(integration(namespace, services))
    const integrationRefs = [{ name: 'pbx' }, { name: 'agenda' }]
    const bot = { numbers: [NUMBER], dialog: { inline: dialog }, integrationRefs }
    await zones.applyManifests(zones.aBot(namespace, 'agenda', bot))
    await zones.kube('wait', 'callbot', 'agenda', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await zones.settledPods(namespace)
    await routeIsWell()
    const edges = await readyEdges()
    await zones.untilPublished(NUMBER)
    callers = await Promise.all(edges.map((edge) => callerOf(edge)))
  })
  afterEach(() => healAll())
  after(async () => {
    if (!namespace) return
    writeEvidence('drill-of-a-web-service', figures)
    printFigures('synthetic drills of a web service, with callers all the while', figureRows(figures))
    for (const caller of callers ?? []) caller.close()
    await Promise.all((services ?? []).map((service) => service.close()))
    if (namespace) await zones.removeNamespace(namespace)
  })

  const drills = () => drillsIn(namespace, { integrationRef: { name: 'agenda' }, side: 'HTTP' })
  const routeIsWell = () =>
    eventually(async () => {
      const { status } = await zones.kubeJson<{ status?: IntegrationStatus }>(
        ...['get', 'integration', 'agenda', '-n', namespace],
      )
      const parts = status?.http?.parts?.map(({ name, state, seenBy }) => `${name} ${state} ${seenBy}`)
      expect(parts).to.have.members(['paris Up 3', 'lyon Up 3'])
    }, 90)
  const marked = ({ received }: WebService) => received.filter(isMarked)
  const real = ({ received }: WebService) => received.filter((request) => !isMarked(request))
  /** Nothing of a drill, request or probe, has come later than so many seconds after that moment. */
  async function isGone(from: number, seconds: number): Promise<number> {
    await pause(from + (seconds + LOOK_SECONDS) * 1_000 - performance.now())
    const last = (Math.max(...services.map(({ lastMarkedAt }) => lastMarkedAt)) - from) / 1_000
    expect(last, 'seconds until the last request of the drill').to.be.below(seconds)
    return last
  }

  /** Callers in turn until `stop`, which says how many there were and how many of them the bot did not serve. */
  function startCallers() {
    const over: Promise<boolean>[] = []
    let count = 0
    const call = async () => {
      const attempt = callers[count++ % callers.length]!.invite(NUMBER)
      await attempt.status(200, 15)
      attempt.within('ACK')
      await eventually(() => expect(attempt.requests.some((text) => text.startsWith('BYE '))).to.equal(true), 10)
    }
    const begin = () =>
      over.push(
        call().then(
          () => true,
          () => false,
        ),
      )
    const timer = setInterval(begin, CALLERS_EVERY_MS)
    return async () => {
      clearInterval(timer)
      const served = await Promise.all(over)
      return { placed: served.length, lost: served.filter((isServed) => !isServed).length }
    }
  }

  for (const scenario of SCENARIOS)
    it(`passes for ${scenario} on a good backup: the drill alone meets the fault, and callers use the primary`, async () => {
      for (const { received } of services) received.length = 0
      const [paris, lyon] = services as [WebService, WebService]
      const name = scenario.toLowerCase()
      const stop = startCallers()
      await drills().begin(name, { scenario, holdSeconds: 8 })
      await drills().isIn(name, 'Detected')
      const [detectedAt, before] = [performance.now(), marked(paris).length]
      await pause(4_000)
      expect(paris.lastMarkedAt, 'the drill reaches the primary during the fault').to.be.below(detectedAt)
      expect(lyon.lastMarkedAt).to.be.above(detectedAt)
      expect(marked(paris)).to.have.lengthOf(before)
      const status = await drills().end(name)
      const { placed, lost } = await stop()
      expect(status, JSON.stringify(status)).to.include({ verdict: 'Passed', state: 'Verified' })
      expect(new Set(status.perEdge!.map(({ zone }) => zone)).size).to.equal(ZONES)
      for (const pod of status.perEdge!) expect(pod.detectMilliseconds, pod.zone).to.be.within(1, 10_000)
      expect(status.calls!.failed).to.equal(0)
      expect(await drills().row(name)).to.match(/Synthetic +Verified +Passed +[\d.]+s +[\d.]+s +[\d.]+s/)
      expect(lost).to.equal(0)
      expect(real(paris).map(({ url }) => url)).to.deep.equal(Array.from({ length: placed }, () => '/v1/book'))
      expect(real(lyon)).to.deep.equal([])
      const requests = [...marked(paris), ...marked(lyon)].map(({ url }) => url)
      expect(new Set(requests)).to.deep.equal(new Set(['/v1/slots']))
      const { detectMilliseconds, switchMilliseconds, returnMilliseconds } = status.timings!
      figures[scenario] = {
        'detected by every pod, ms at most': detectMilliseconds!,
        'requests by the backup in every zone, ms at most': switchMilliseconds!,
        'requests by the primary in every zone, ms at most': returnMilliseconds!,
        ...{ 'test requests': status.calls!.placed, callers: placed, 'callers lost': lost },
      }
    })

  it('is over when the backup dies meanwhile, and the fault with it', async () => {
    const lyon = services[1]!
    await drills().begin('dies', { holdSeconds: 60 })
    await drills().isIn('dies', 'Holding')
    await lyon.fall('fails')
    const from = performance.now()
    const status = await drills().end('dies', END_SECONDS + 10)
    const ended = performance.now()
    const seconds = (ended - from) / 1_000
    expect(status.verdict).to.be.oneOf(['Failed', 'Interrupted'])
    expect(status.because).to.match(
      /^(during the fault, \d+ of \d+ test requests failed|the primary or the backup stopped answering real requests)/,
    )
    expect(seconds).to.be.below(END_SECONDS)
    console.log(`      the drill ended ${seconds.toFixed(1)} s after the backup died`)
    await isGone(ended, GONE_SECONDS)
    await lyon.fall('answers')
    await routeIsWell()
  })

  for (const { what, within, strike, undo } of FAULTS)
    it(`undoes itself within ${within} s when ${what}, loses no caller, and has one result afterwards`, async () => {
      const name = `undone-${what.replaceAll(/[^a-z]+/gi, '-').toLowerCase()}`.slice(0, 40)
      const stop = startCallers()
      await drills().begin(name, { holdSeconds: 60 })
      await drills().isIn(name, 'Holding')
      const { pod } = await zones.leader()
      await strike(pod)
      const seconds = await isGone(performance.now(), within)
      await undo?.(pod)
      const status = await drills().end(name, 90)
      expect(status).to.include({ verdict: 'Interrupted' })
      const { placed, lost } = await stop()
      figures[what] = {
        'seconds until the last request of the drill': Math.round(seconds * 10) / 10,
        ...{ callers: placed, 'callers lost': lost },
      }
      expect(lost).to.equal(0)
      await healAll()
      await zones.operatorServes()
      await routeIsWell()
      expect((await drills().get(name)).status).to.deep.equal(status)
      await eventually(async () => expect(await drills().results(name), 'results reported').to.equal(1), 20)
    })

  it('is skipped when the backup is dead before, and nothing of a drill reaches anybody', async () => {
    await services[1]!.fall('refuses')
    for (const { received } of services) received.length = 0
    await eventually(async () => {
      const name = `dead-${Date.now()}`
      await drills().begin(name)
      const status = await drills().end(name, 40)
      expect(status).to.include({ verdict: 'Skipped' })
      expect(status.because).to.match(/^lyon does not answer the pods of agenda: repair it/)
    }, 90)
    expect(services.flatMap(marked)).to.deep.equal([])
  })
})

const isMarked = ({ headers }: Received) => headers['x-callbot-test'] !== undefined
