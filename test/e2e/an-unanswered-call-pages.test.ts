// @stage speech  @programs edge operator voice  @seconds 700  @alone
// @guard test/integration/chart/alerts.test.ts
// @guard test/integration/edge/calls-are-counted-by-outcome.test.ts
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { silence } from '../../hack/calls/sound.ts'
import { operatorNamespace, release } from '../../hack/chart.ts'
import { killPod } from '../../hack/cluster/faults.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import { gatherEdgeCallers } from '../harness/edge-callers.ts'
import { everyEdge, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { longReading } from '../harness/long-reading.ts'
import { startMonitoring, type Monitoring, type Notification } from '../harness/prometheus.ts'
import * as zones from '../harness/three-zones.ts'

/** Two calls in each of three pods. */
const PLACES = 6
const GOOD = 60
const TURNED_AWAY = 30
/** How long all places are taken: for two calls that make no page, and for those that do. */
const BUSY_SECONDS = 200
const PAGE = 'CallbotCallsUnanswered'

/** Asks the pod itself: to its network policy, this machine is no scraper. */
const READ = `
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  fetch('https://127.0.0.1:8443/metrics', { headers: { authorization: 'Bearer ' + process.argv[1] } })
    .then(async (answer) => { if (!answer.ok) process.exit(1); process.stdout.write(await answer.text()) }, () => process.exit(1))
`

describe('calls that nobody answers', function () {
  this.timeout(1_200_000)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-unanswered-'))
  let namespace: string
  let number: string
  let edges: Edge[]
  let monitoring: Monitoring

  before(async function () {
    zones.needsLocalCluster(this)
    await installChart({ values: talkingValues, timeoutSeconds: 300 })
    await waitReady()
    namespace = await zones.freshNamespace('paged')
    const bot = zones.aBot(namespace, 'accueil', {
      dialog: longReading(BUSY_SECONDS),
      capacity: { scaling: 'External', callsPerPod: 2, replicas: 3, minReplicas: 3, maxReplicas: 3 },
      fallback: { number: '+33900000000', integrationRef: { name: 'pbx' }, causes: ['CallerWish'] },
      slo: { answeredPercent: '99.9', answerSeconds: 10 },
    })
    number = bot.spec.numbers[0]!
    const binding = {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: namespace } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `${release}-metrics-reader` },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    }
    await zones.applyManifests(bot, binding)
    await zones.kube('wait', 'callbot', 'accueil', '-n', namespace, '--for=condition=Ready', '--timeout=240s')
    edges = await everyEdge()
    monitoring = await scrape()
    await eventually(async () => expect(Object.keys(await counted())).to.have.lengthOf(8), 60)
  })
  after(async () => {
    await monitoring?.stop()
    rmSync(folder, { recursive: true, force: true })
    await zones.kube('delete', 'clusterrolebinding', namespace, '--ignore-not-found')
    if (namespace) await zones.removeNamespace(namespace)
  })

  async function scrape(): Promise<Monitoring> {
    const token = (await zones.kube('create', 'token', 'default', '-n', namespace, '--duration=1h')).trim()
    const operators = await zones.podsIn(operatorNamespace)
    const names = operators.map(({ metadata }) => metadata.name).filter((name) => /^callbot-operator-/.test(name))
    const inEdges = edges.map(({ pod }) => pod)
    const read = (pod: string) => {
      const container = inEdges.includes(pod) ? ['-c', 'agent'] : []
      return zones.kube('exec', '-n', operatorNamespace, pod, ...container, '--', 'node', '-e', READ, token)
    }
    return startMonitoring({ targets: [...inEdges, ...names], read })
  }

  /** Calls by outcome, as all edges together counted them. */
  const counted = () =>
    monitoring.query(
      `sum by (outcome) (callbot_edge_calls_total{namespace="${namespace}",callbot="accueil"})`,
      'outcome',
    )
  const pages = (status: Notification['status']) =>
    monitoring.notifications.filter(
      ({ status: is, labels }) => is === status && labels['alertname'] === PAGE && labels['namespace'] === namespace,
    )
  // Of a caller from whom nothing comes the bot takes leave.
  const audio = writeAlaw(join(folder, 'silence.alaw'), silence(2))
  let sets = 0
  const callers = (callsPerEdge: number, afterMs: number, some: readonly Edge[] = edges) =>
    gatherEdgeCallers({
      ...{ folder: join(folder, `set-${sets}`), number, audio, callsPerEdge, edges: some, perSecond: 1 },
      // A set of callers has ports of its own.
      ...{ mediaPort: 20_000 + 12_400 * (sets++ % 3), srtp: true, ends: { by: 'Caller' as const, afterMs } },
      ...(callsPerEdge > 10 && { concurrent: 1 }),
    })

  it('page one time, within two minutes, and not for two of them; and what edges counted is what callers met', async () => {
    const good = await (await callers(GOOD / 3, 300)).call()
    expect(sum(good, 'successful'), good.map(({ errors }) => errors).join('')).to.equal(GOOD)

    const busy = (await callers(PLACES / 3, BUSY_SECONDS * 1_000)).call()
    await pause(8_000)
    const two = await (await callers(2, 300, [edges[0]!])).call()
    expect(sum(two, 'failed')).to.equal(2)
    await pause(30_000)
    expect(pages('firing'), 'two calls make no page').to.deep.equal([])

    killPod(operatorNamespace, (await zones.leader()).pod)
    const begun = Date.now()
    const turned = await (await callers(TURNED_AWAY / 3, 300)).call()
    expect(sum(turned, 'failed')).to.equal(TURNED_AWAY)
    await eventually(() => expect(pages('firing')).to.have.lengthOf(1), 120)
    const [page] = pages('firing')
    const seconds = (page!.atMs - begun) / 1_000
    expect(seconds).to.be.below(120)
    expect(page!.labels).to.include({ callbot: 'accueil', severity: 'page' })
    expect(page!.annotations['runbook']).to.equal('docs/guides/runbooks.md#calls-unanswered')

    const held = await busy
    const met = {
      bot: sum(good, 'successful') + sum(held, 'successful'),
      'turned-away': sum(two, 'failed') + sum(turned, 'failed'),
    }
    const others = { person: 0, late: 0, failed: 0, abandoned: 0, cancelled: 0, refused: 0 }
    await eventually(async () => expect(await counted()).to.deep.equal({ ...others, ...met }), 30)
    writeEvidence('pages', { good: GOOD, turnedAway: TURNED_AWAY, pages: pages('firing').length, seconds, met })
    printFigures('calls that nobody answers', [['first turned away to page', `${seconds.toFixed(0)} s`]])
  })

  it('and the page ends once callers are answered', async () => {
    await eventually(() => expect(pages('resolved')).to.have.lengthOf(1), 480)
    expect(pages('firing')).to.have.lengthOf(1)
  })
})

const sum = (results: readonly { successful: number; failed: number }[], what: 'successful' | 'failed') =>
  results.reduce((total, each) => total + each[what], 0)
