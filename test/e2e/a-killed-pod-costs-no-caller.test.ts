// @tier check  @seconds 55
import { expect } from 'chai'
import { containersOf } from '../../hack/cluster/containers.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { askProxy, callerOf, isFromBot, readyEdges, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import * as zones from '../harness/three-zones.ts'

/** Kills in the set-up of a call. */
const KILLS = extent('KILLS', { short: 4, whole: 100 })
const LATEST_MS = 1_500
/** When SIGKILL comes, in milliseconds after the INVITE; `unread`: the pod is held still until then. */
const MOMENTS: { after: number; unread?: true }[] = [
  { after: 30, unread: true },
  { after: -5 },
  { after: 0 },
  { after: 1 },
  { after: 300, unread: true },
  { after: 2 },
  { after: 4 },
  { after: 100, unread: true },
]

interface Outcome {
  moment: string
  status: number
  atMs: number
  /** Whose answer it was. */
  by: 'Another' | 'TheKilled' | 'NoBot'
}

interface BotPod {
  metadata: { name: string; deletionTimestamp?: string }
  spec: { nodeName?: string }
  status: { podIP?: string; conditions?: { type: string; status: string }[] }
}

describe('kill -9 of the bot pod that a call is going to', function () {
  this.timeout(KILLS * 60_000 + 300_000)
  let namespace: string
  let edges: Edge[]
  let number: string
  const outcomes: Outcome[] = []

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('kill')
    const bot = zones.aBot(namespace, 'mortal')
    number = bot.spec.numbers[0]!
    await zones.applyManifests(bot)
    await zones.kube('wait', 'callbot', 'mortal', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await eventually(async () => expect(await readyEdges()).to.have.lengthOf(3), 120)
    edges = await readyEdges()
  })
  after(async () => {
    if (namespace) await zones.removeNamespace(namespace)
    if (outcomes.length === 0) return
    const late = Math.max(...outcomes.map(({ atMs }) => atMs))
    const others = outcomes.filter(({ by }) => by === 'Another')
    const answered = outcomes.filter(({ status }) => status === 200).length
    const kills = { kills: outcomes.length, answered, answeredByAnother: others.length, latestMs: late }
    writeEvidence('pod-kill', { ...kills, outcomes })
    printFigures('pods killed in the set-up of a call', [
      ['kills', `${outcomes.length}`],
      ['callers answered', `${answered}`],
      ['by another pod (else: the answer was faster than the kill)', `${others.length}`],
      ['by the emergency number, or not at all', `${outcomes.filter(({ by }) => by === 'NoBot').length}`],
      ['latest answer', `${late.toFixed(0)} ms`],
    ])
  })

  /** The pod in the edge's own zone, once the edge would call it and another one: the next call goes there. */
  async function target(edge: Edge): Promise<{ name: string; address: string; pid: number }> {
    let found: { name: string; address: string; pid: number } | undefined
    await eventually(async () => {
      const { items } = await zones.kubeJson<{ items: BotPod[] }>('get', 'pods', '-n', namespace)
      const ready = items.filter(({ metadata, status }) => {
        const isReady = status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')
        return metadata.deletionTimestamp === undefined && isReady
      })
      const pod = ready.find(({ spec }) => spec.nodeName === edge.node)
      const other = ready.find((each) => each !== pod)
      const [container] = pod ? containersOf(namespace, pod.metadata.name) : []
      if (!pod || !other || !container) throw new Error(`no ready pod on ${edge.node}, or no other one`)
      for (const { status } of [pod, other]) await askProxy(edge, 'htable.get', 'proved', `${status.podIP}:5061`)
      found = { name: pod.metadata.name, address: pod.status.podIP!, pid: container.pid }
    }, 90)
    return found!
  }

  /** Through each edge in turn: the pods of the other zones take calls while that of one comes back. */
  async function killAt(index: number): Promise<Outcome> {
    const { after, unread } = MOMENTS[index % MOMENTS.length]!
    const edge = edges[index % edges.length]!
    const { name, address, pid } = await target(edge)
    // Edges close connections on which nothing is said.
    const caller = await callerOf(edge)
    const strike = () => process.kill(pid, 'SIGKILL')
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    if (unread) process.kill(pid, 'SIGSTOP')
    if (after < 0) {
      strike()
      await wait(-after)
    }
    const attempt = caller.invite(number)
    if (after >= 0) {
      if (after > 0) await wait(after)
      strike()
    }
    const { status, atMs, text } = await attempt.final(15)
    if (status === 200) attempt.within('ACK')
    if (status === 200) attempt.within('BYE')
    caller.close()
    // A container that dies again and again is started later and later; a new pod is not.
    await zones.kube('delete', 'pod', name, '-n', namespace, '--force', '--grace-period=0')
    const by = status !== 200 || !isFromBot(text) ? 'NoBot' : text.includes(`${address}:`) ? 'TheKilled' : 'Another'
    return { moment: `${after} ms${unread ? ', unread' : ''}`, status, atMs, by }
  }

  it(`costs no caller, ${KILLS} times: each is answered by another pod within 1.5 s`, async () => {
    const byAnother = () => outcomes.filter(({ by }) => by === 'Another').length
    for (let index = 0; byAnother() < KILLS && index < 2 * KILLS; index++) {
      const outcome = await killAt(index)
      outcomes.push(outcome)
      expect(outcome.status, JSON.stringify(outcome)).to.equal(200)
      expect(outcome.by, JSON.stringify(outcome)).to.not.equal('NoBot')
      expect(outcome.atMs, JSON.stringify(outcome)).to.be.lessThan(LATEST_MS)
    }
    expect(byAnother()).to.equal(KILLS)
  })
})
