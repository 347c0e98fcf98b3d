// @stage speech  @programs voice  @seconds 81
// @guard test/integration/telephony/frozen.test.ts
import { expect } from 'chai'
import { containersOf } from '../../hack/cluster/containers.ts'
import { freezePod, healAll, thawPod } from '../../hack/cluster/faults.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import { edgeAuthority, everyEdge, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { answeredAt, callFromOutside, type OutsideCalls } from '../harness/live-calls.ts'
import { longReading } from '../harness/long-reading.ts'
import * as zones from '../harness/three-zones.ts'
import {
  answerersOf,
  keepCalling,
  openLines,
  untilKnown,
  wholeCall,
  type Line,
  type WholeCall,
} from '../harness/whole-calls.ts'

/** Times that a pod is frozen and thawed, in each zone in turn. */
const ROUNDS = extent('ROUNDS', { short: 2, whole: 10 })
const PER_SECOND = 10
const CALM_SECONDS = 2
/** A kubelet restarts a pod that has missed six liveness probes, one each 5 s. */
const FROZEN_SECONDS = 6
/** In which a ghost would have spoken. */
const GHOST_SECONDS = 5
const BACK_SECONDS = 20
/** Calls of SIPp by each edge from the moment of the freeze on, each of which lasts until a ghost would have spoken. */
const OUTSIDE_PER_EDGE = 8
const OUTSIDE_PER_SECOND = 4
const OUTSIDE_SECONDS = FROZEN_SECONDS + GHOST_SECONDS + 1
const LATEST_MS = 1_500
/** A little less than an edge gives a silent pod (`edge.failover.podSilenceMilliseconds`), since its timer is coarse. */
const SILENCE_MS = 600
/** When the pod stops, in milliseconds after an INVITE that goes to it: unread, half done, answered. */
const MOMENTS_MS = [1, 4, 0, 2, 6, 3, 10]

interface Call extends WholeCall {
  placedAt: number
}

interface BotPod {
  name: string
  node: string
  address: string
}

interface Round {
  momentMs: number
  calls: Call[]
  /** Callers whom the frozen pod let wait, and another one answered. */
  waited: number
  /** What callers of SIPp say, from the freeze on. */
  outside: OutsideCalls
  /** From the thaw to the first caller whom the pod answered again. */
  backSeconds: number
}

describe('a bot pod that is frozen under a stream of calls and thawed', function () {
  this.timeout(ROUNDS * 120_000 + 400_000)
  let namespace: string
  let number: string
  let edges: Edge[]
  let pods: BotPod[]
  let lines: Line[]
  const everyCall: Call[] = []
  const rounds: Round[] = []

  before(async function () {
    zones.needsLocalCluster(this)
    await installChart({ values: talkingValues, timeoutSeconds: 300 })
    await waitReady()
    namespace = await zones.freshNamespace('ghosts')
    const capacity = { minReplicas: 3, maxReplicas: 3, callsPerPod: 50 }
    const bot = zones.aBot(namespace, 'sleeper', {
      ...{ capacity, dialog: longReading(OUTSIDE_SECONDS), retentionPolicyRef: { name: 'counted' } },
    })
    number = bot.spec.numbers[0]!
    await zones.applyManifests(zones.aRetentionPolicy(namespace, 'counted'), bot)
    await zones.kube('wait', 'callbot', 'sleeper', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    edges = await everyEdge()
    pods = (await zones.settledPods(namespace)).map(({ metadata, spec, status }) => ({
      ...{ name: metadata.name, node: spec.nodeName!, address: status.podIP! },
    }))
    await zones.untilPublished(number)
    lines = await openLines(edges, await edgeAuthority())
    await untilKnown(edges, addresses())
    for (const line of lines) expect((await call(line)).status, `through ${line.edge.node}`).to.equal(200)
  })
  after(async () => {
    await healAll()
    for (const { caller } of lines ?? []) caller.close()
    if (namespace) await zones.removeNamespace(namespace)
    if (rounds.length > 0) report()
  })

  const addresses = () => pods.map(({ address }) => address)

  async function call({ caller }: Line): Promise<Call> {
    const placedAt = performance.now()
    const placed = { ...(await wholeCall(caller, number)), placedAt }
    everyCall.push(placed)
    return placed
  }

  /** While an INVITE is on its way to the pod, or in it. Resolves with that call when it is over. */
  async function freezeInTheMidst(pod: BotPod, own: Line, momentMs: number): Promise<{ over: Promise<Call> }> {
    // Found before: that takes longer than the pod takes to answer.
    const [container] = containersOf(namespace, pod.name)
    const over = call(own)
    if (momentMs > 0) await pause(momentMs)
    process.kill(container!.pid, 'SIGSTOP')
    freezePod(namespace, pod.name)
    return { over }
  }

  /** Two of three callers come by the edge whose first choice is this pod. */
  function callersOf(own: Line): (turn: number) => Promise<void> {
    const others = lines.filter((line) => line !== own)
    return async (turn) => void (await call(turn % 3 < 2 ? own : others[Math.floor(turn / 3) % 2]!))
  }

  /** Calls that are open until a ghost would have answered. */
  const callFromTheFreezeOn = () =>
    callFromOutside({
      ...{ number, edges, callsPerEdge: OUTSIDE_PER_EDGE, perSecond: OUTSIDE_PER_SECOND },
      ends: { by: 'Caller', afterMs: OUTSIDE_SECONDS * 1_000 },
    })

  async function freezeAndThaw(index: number): Promise<Round> {
    const own = lines[index % lines.length]!
    const pod = pods.find(({ node }) => node === own.edge.node)!
    const momentMs = MOMENTS_MS[index % MOMENTS_MS.length]!
    await untilKnown(edges, addresses())
    const from = everyCall.length
    const end = keepCalling(PER_SECOND, callersOf(own))
    await pause(CALM_SECONDS * 1_000)
    const inTheMidst = await freezeInTheMidst(pod, own, momentMs)
    const outside = callFromTheFreezeOn()
    await pause(FROZEN_SECONDS * 1_000)
    const thawedAt = performance.now()
    thawPod(namespace, pod.name)
    await pause(GHOST_SECONDS * 1_000)
    const answeredAgain = () => everyCall.filter(({ by, placedAt }) => by === pod.address && placedAt > thawedAt)
    await eventually(() => expect(answeredAgain()).not.to.be.empty, BACK_SECONDS).catch(() => undefined)
    await Promise.all([end(), inTheMidst.over])
    const calls = everyCall.slice(from)
    const waited = calls.filter(({ by, atMs }) => by !== pod.address && atMs > SILENCE_MS).length
    const backSeconds = (Math.min(...answeredAgain().map(({ placedAt }) => placedAt)) - thawedAt) / 1_000
    return { momentMs, calls, waited, backSeconds, outside: await outside }
  }

  const told = ({ status, atMs, by, attempt }: Call) => ({ status, atMs, by, answerers: answerersOf(attempt) })
  const latestMs = () => Math.max(...rounds.flatMap(({ calls }) => calls.map(({ atMs }) => atMs)))
  const ghosts = () => everyCall.filter(({ attempt }) => answerersOf(attempt).length > 1)

  it(`answers none of the calls that went elsewhere, ${ROUNDS} times`, async () => {
    rounds.length = 0
    for (let index = 0; index < ROUNDS; index++) rounds.push(await freezeAndThaw(index))
    expect(
      rounds.map(({ waited }) => waited),
      'callers whom the frozen pod let wait: without them nothing is shown',
    ).not.to.include(0)
    expect(ghosts().map(told)).to.deep.equal([])
  })

  it('answers none of the calls of SIPp that went elsewhere, by all messages that SIPp received', () => {
    for (const { outside } of rounds) {
      expect(outside.answeredTwice).to.equal(0)
      expect(outside.failed, outside.errors).to.equal(0)
      expect(answeredAt(outside, addresses())).to.equal(outside.placed)
    }
  })

  it('costs no caller: a pod of the bot answers each within 1.5 s', () => {
    const badly = rounds
      .flatMap(({ calls }) => calls)
      .filter(({ status, by, atMs }) => status !== 200 || !addresses().includes(by) || atMs > LATEST_MS)
    expect(badly.map(told)).to.deep.equal([])
  })

  it('is not restarted, and takes calls again soon', async () => {
    const now = await zones.podsIn(namespace)
    expect(now.map(({ metadata }) => metadata.name)).to.have.members(pods.map(({ name }) => name))
    expect(now.map(({ status }) => status.containerStatuses?.[0]?.restartCount)).to.deep.equal([0, 0, 0])
    for (const { backSeconds } of rounds) expect(backSeconds).to.be.lessThan(BACK_SECONDS)
  })

  it('has had, by its own log, the calls that callers know of, and no other', async () => {
    for (const { name, address } of pods) {
      const bySipp = rounds.reduce((sum, { outside }) => sum + answeredAt(outside, [address]), 0)
      const answered = everyCall.filter(({ by }) => by === address).length + bySipp
      await eventually(async () => expect(await endedIn(name), name).to.equal(answered), 30)
    }
  })

  /** One line for each call that the pod has answered; those that it gave up tell so. */
  async function endedIn(pod: string): Promise<number> {
    const lines = (await zones.kube('logs', pod, '-n', namespace, '--tail=-1')).split('\n')
    const ended = lines.filter((line) => line.includes('"msg":"a call has ended"'))
    return ended.filter((line) => !line.includes('"outcome":"cancelled"')).length
  }

  function report(): void {
    const calls = rounds.flatMap((round) => round.calls).length
    const waited = rounds.reduce((sum, round) => sum + round.waited, 0)
    const backSeconds = Math.max(...rounds.map((round) => round.backSeconds))
    const total = (count: (of: Round['outside']) => number) =>
      rounds.reduce((sum, round) => sum + count(round.outside), 0)
    const outside = { placed: total(({ placed }) => placed), failed: total(({ failed }) => failed) }
    const figures = {
      rounds: rounds.length,
      calls,
      waited,
      outside,
      ghosts: ghosts().length,
      latestMs: latestMs(),
      backSeconds,
    }
    const each = rounds.map((round) => ({ ...round, calls: round.calls.map(told) }))
    writeEvidence('ghosts', { ...figures, perSecond: PER_SECOND, frozenSeconds: FROZEN_SECONDS, each })
    printFigures('pods frozen under a stream of calls and thawed', [
      ['rounds', `${rounds.length}, ${FROZEN_SECONDS} s each`],
      ['calls', `${calls}`],
      ['of them let wait by the frozen pod and answered by another', `${waited}`],
      ['calls of SIPp from the freeze on, and of them failed', `${outside.placed}, ${outside.failed}`],
      ['answered by a ghost too', `${ghosts().length}`],
      ['latest answer', `${latestMs().toFixed(0)} ms`],
      ['from the thaw to the next call that the pod answered, at most', `${backSeconds.toFixed(1)} s`],
    ])
  }
})
