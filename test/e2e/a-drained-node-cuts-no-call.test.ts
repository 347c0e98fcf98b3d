// @stage speech  @programs voice operator  @seconds 82
// @guard test/integration/edge/a-pod-leaves-with-its-call.test.ts
// @guard test/integration/operator/scaling.test.ts
import { expect } from 'chai'
import { voiceRows } from '../../hack/calls/voice-judge.ts'
import { kubectl } from '../../hack/chart.ts'
import { kubeconfigPath } from '../../hack/cluster/faults.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { talkingValues, installChart, waitReady } from '../../hack/install.ts'
import { BOT_LABEL } from '../../src/operator/world/labels.ts'
import { eventually } from '../harness/eventually.ts'
import { expectHeard } from '../harness/judged-voice.ts'
import { extent } from '../harness/extent.ts'
import { answeredAt, startLiveCalls, type CallsVerdict, type LiveCalls } from '../harness/live-calls.ts'
import { longReading } from '../harness/long-reading.ts'
import * as zones from '../harness/three-zones.ts'

const NUMBER = zones.aNumber()
const NAME = 'verger'
const SECONDS = extent('DRAIN_SECONDS', { short: 30, whole: 180 })
/** Beside other work one stall of the machine weighs more than the goal of one in ten thousand, which rollout-cuts-no-call holds. */
const MOST_LOST = 0.03

describe('a node that is drained', function () {
  this.timeout((SECONDS + 600) * 1000)
  const living: LiveCalls[] = []
  const addresses = new Set<string>()
  let namespace: string
  let node: string | undefined

  const look = async () => {
    const pods = await zones.podsIn(namespace)
    for (const { status } of pods) if (status.podIP !== undefined) addresses.add(status.podIP)
    return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  }
  const isReady = ({ status }: zones.Pod) =>
    status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true
  const threeReady = () =>
    eventually(async () => {
      const pods = await look()
      expect(pods.filter(isReady)).to.have.lengthOf(3)
      return pods
    }, 120)
  const byBots = (verdict: CallsVerdict) => answeredAt(verdict, addresses)

  /** As kubectl drain, a cluster autoscaler or an upgrade asks: by the subresource that minds disruption budgets. */
  const evict = (pod: string) => {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } }
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`
    return kubectl(['--kubeconfig', kubeconfigPath(), 'create', '--raw', path, '-f', '-'], JSON.stringify(body))
  }

  before(async function () {
    zones.needsLocalCluster(this)
    await installChart({ values: talkingValues, timeoutSeconds: 300 })
    await waitReady()
    namespace = await zones.freshNamespace('verger')
    await zones.applyManifests(
      zones.aBot(namespace, NAME, {
        numbers: [NUMBER],
        capacity: { callsPerPod: 20 },
        drain: { deadlineSeconds: SECONDS + 300 },
        dialog: longReading(SECONDS + 30),
      }),
    )
    await zones.kube('wait', 'callbot', NAME, '-n', namespace, '--for=condition=PodsAvailable', '--timeout=240s')
    await threeReady()
  })
  after(async () => {
    if (node !== undefined) await zones.kube('uncordon', node)
    await Promise.all(living.map((calls) => calls.stop()))
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('cuts no call, refuses none, sends none to a person, and is empty when the last call has ended', async () => {
    const long = await startLiveCalls({ number: NUMBER, callsPerEdge: 2, seconds: SECONDS })
    const short = await startLiveCalls({
      ...{ number: NUMBER, callsPerEdge: SECONDS, seconds: 3, concurrent: 6, perSecond: 1, mediaPort: 20_000 },
    })
    living.push(long, short)
    const [pod] = await threeReady()
    node = pod!.spec.nodeName!
    const began = performance.now()
    const drained = zones
      .kube(
        'drain',
        node,
        `--pod-selector=${BOT_LABEL}=${NAME}`,
        '--delete-emptydir-data',
        `--timeout=${SECONDS + 120}s`,
      )
      .then(() => (performance.now() - began) / 1000)
    await eventually(async () => expect((await look()).every(({ spec }) => spec.nodeName !== node)).to.equal(true), 60)
    const moved = (await threeReady()).map(({ spec }) => spec.nodeName)
    const [of, others] = await Promise.all([long.over, short.over])
    const drainSeconds = await drained
    await look()
    printFigures('a node is drained under live calls', [
      ['calls that it had, and others', `${long.placed}, ${of.failed} failed, ${byBots(of)} answered by bots`],
      ...voiceRows(of),
      ['calls that came meanwhile', `${short.placed}, ${others.failed} failed, ${byBots(others)} answered by bots`],
      ['empty after', `${drainSeconds.toFixed(0)} s`],
    ])
    writeEvidence('node-drain', {
      ...{ seconds: SECONDS, drainSeconds },
      long: { placed: long.placed, ...of },
      short: { placed: short.placed, ...others },
    })
    expect(moved, 'pods on the drained node').not.to.include(node)
    expect(of.failed, of.errors).to.equal(0)
    expect(others.failed, others.errors).to.equal(0)
    expect([byBots(of), byBots(others)], 'answered by bots').to.deep.equal([long.placed, short.placed])
    expect(others.unheard, 'calls without voice').to.equal(0)
    expectHeard(of, { mostLost: MOST_LOST })
  })

  it('gets its pods one by one: a second eviction is refused until the first has a successor that takes calls', async () => {
    const [one, other] = await threeReady()
    await evict(one!.metadata.name)
    const refused = await evict(other!.metadata.name).then(
      () => 'taken',
      (error: unknown) => String(error),
    )
    expect(refused).to.match(/disruption budget/)
    await threeReady()
    await eventually(() => evict(other!.metadata.name), 60)
    await threeReady()
  })
})
