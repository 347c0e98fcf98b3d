import { pathOf, resources } from '../../src/kube/resources.ts'
import type { Raw } from '../../src/kube/raw-object.ts'
import type { PodState } from '../../src/rules/call-statistics.ts'
import type { TestApiServer } from './api-server.ts'
import type { ReportedTest } from '../../src/rules/flow/test-results.ts'
import { aPodState } from './builders.ts'

/** What a pod of the stand-in does: it runs, and has as many calls as the test says. */
export interface KubeletOptions {
  name: string
  uid: string
  zone: string
  terminating: boolean
  calls: number
  failedTest: ReportedTest | undefined
}

/** The first of the bot's own tests that a new pod fails. */
export type TestRun = (pod: Raw) => Promise<ReportedTest | undefined>

const BEAT_MS = 10_000

/**
 * Scheduler, kubelets and bot pods in one, for a bare API server with the real controllers of Deployments and ReplicaSets: a new pod goes
 * to the zone with the fewest and is ready at once, if it passes its trial; one that receives SIGTERM exits when it has no call.
 */
export class Kubelets {
  readonly pods = new Map<string, KubeletOptions>()
  private readonly api: TestApiServer
  private readonly namespace: string
  private readonly zones: readonly string[]
  private readonly trial: TestRun
  private heartbeatAt = 0
  /** Calls that pods had when they were deleted: each pod was deleted because it seemed to have none. */
  readonly callsAtTheEnd: number[] = []

  constructor(api: TestApiServer, namespace: string, zones: readonly string[], trial: TestRun = async () => undefined) {
    this.api = api
    this.namespace = namespace
    this.zones = zones
    this.trial = trial
  }

  async makeNodes(): Promise<void> {
    for (const zone of this.zones) {
      const labels = { 'topology.kubernetes.io/zone': zone }
      await this.api.kube.create({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: `node-${zone}`, labels },
      } as never)
    }
    await this.heartbeat()
  }

  /** A node that nobody hears of for 40 s counts as dead, and its pods as not ready. */
  private async heartbeat(): Promise<void> {
    this.heartbeatAt = performance.now()
    const ready = { type: 'Ready', status: 'True', reason: 'Test', message: 'of a test' }
    const status = { conditions: [{ ...ready, lastHeartbeatTime: new Date().toISOString() }] }
    for (const zone of this.zones) {
      await this.api.kube.mergePatch(resources.nodes, undefined, `node-${zone}`, { status }, { subresource: 'status' })
    }
  }

  /** One look at all pods. */
  async look(): Promise<void> {
    if (performance.now() - this.heartbeatAt > BEAT_MS) await this.heartbeat()
    const there = new Set<string>()
    for await (const raw of this.api.kube.list(resources.pods, { namespace: this.namespace })) {
      there.add(raw.metadata.name)
      await this.runPod(raw)
    }
    for (const name of this.pods.keys()) if (!there.has(name)) this.pods.delete(name)
  }

  state = (name: string): PodState | undefined => {
    const pod = this.pods.get(name)
    if (pod === undefined) return undefined
    const { calls, failedTest, terminating: draining } = pod
    return aPodState({ calls, places: failedTest === undefined ? 4 : 0, draining, failedTest })
  }

  staying = () => [...this.pods.values()].filter(({ terminating }) => !terminating)

  private async runPod(raw: Raw): Promise<void> {
    const { name, deletionTimestamp } = raw.metadata
    const pod = this.pods.get(name) ?? (await this.begin(raw))
    if (deletionTimestamp === undefined) return
    if (!pod.terminating) this.callsAtTheEnd.push(pod.calls)
    pod.terminating = true
    if (pod.calls === 0) await this.end(name)
  }

  private async begin(raw: Raw): Promise<KubeletOptions> {
    const { name, uid = '' } = raw.metadata
    const count = (zone: string) => this.staying().filter((pod) => pod.zone === zone).length
    const zone = this.zones.toSorted((a, b) => count(a) - count(b))[0]!
    const failedTest = await this.trial(raw)
    const pod = { name, uid, zone, terminating: false, calls: 0, failedTest }
    this.pods.set(name, pod)
    const target = { apiVersion: 'v1', kind: 'Node', name: `node-${zone}` }
    await this.post(name, 'binding', { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target })
    const at = new Date().toISOString()
    const ready = failedTest === undefined ? 'True' : 'False'
    const conditions = Object.entries({ PodScheduled: 'True', Ready: ready, ContainersReady: ready }).map(
      ([type, is]) => ({ type, status: is, lastTransitionTime: at }),
    )
    const status = { phase: 'Running', podIP: '10.1.0.1', podIPs: [{ ip: '10.1.0.1' }], conditions }
    await this.api.kube.mergePatch(resources.pods, this.namespace, name, { status }, { subresource: 'status' })
    return pod
  }

  private post = (name: string, subresource: string, body: object) =>
    this.api.transport.request({
      purpose: 'readwrite',
      method: 'POST',
      path: pathOf(resources.pods, this.namespace, name, subresource),
      body,
    })

  private end = (name: string) =>
    this.api.transport.request({
      purpose: 'readwrite',
      method: 'DELETE',
      path: pathOf(resources.pods, this.namespace, name),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 },
    })
}
