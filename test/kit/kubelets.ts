import { pathOf, resources } from '../../src/kube/resources.ts'
import type { Raw } from '../../src/kube/raw.ts'
import type { PodState } from '../../src/rules/calls.ts'
import type { TestApiServer } from './api-server.ts'
import { aPodState } from './builders.ts'

/** What a pod of the stand-in does: it runs, and has as many calls as the test says. */
export interface StoodIn {
  name: string
  uid: string
  zone: string
  terminating: boolean
  calls: number
}

/**
 * Scheduler, kubelets and bot pods in one, for a bare API server with the real controllers of Deployments and ReplicaSets: a new pod goes
 * to the zone with the fewest and is ready at once; one that is told to end goes when it has no call.
 */
export class Kubelets {
  readonly pods = new Map<string, StoodIn>()
  private readonly api: TestApiServer
  private readonly namespace: string
  private readonly zones: readonly string[]
  /** Calls that pods had when they were told to end: none of them was taken for having none. */
  readonly callsAtTheEnd: number[] = []

  constructor(api: TestApiServer, namespace: string, zones: readonly string[]) {
    this.api = api
    this.namespace = namespace
    this.zones = zones
  }

  async makeNodes(): Promise<void> {
    for (const zone of this.zones) {
      const labels = { 'topology.kubernetes.io/zone': zone }
      await this.api.kube.create({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: `node-${zone}`, labels },
      } as never)
      const status = { conditions: [{ type: 'Ready', status: 'True', reason: 'Test', message: 'of a test' }] }
      await this.api.kube.mergePatch(resources.nodes, undefined, `node-${zone}`, { status }, { subresource: 'status' })
    }
  }

  /** One look at all pods. */
  async look(): Promise<void> {
    const there = new Set<string>()
    for await (const raw of this.api.kube.list(resources.pods, { namespace: this.namespace })) {
      there.add(raw.metadata.name)
      await this.tend(raw)
    }
    for (const name of this.pods.keys()) if (!there.has(name)) this.pods.delete(name)
  }

  state = (name: string): PodState | undefined => {
    const pod = this.pods.get(name)
    return pod && aPodState({ calls: pod.calls, places: 4, draining: pod.terminating })
  }

  staying = () => [...this.pods.values()].filter(({ terminating }) => !terminating)

  private async tend({ metadata: { name, uid = '', deletionTimestamp } }: Raw): Promise<void> {
    const pod = this.pods.get(name) ?? (await this.begin(name, uid))
    if (deletionTimestamp === undefined) return
    if (!pod.terminating) this.callsAtTheEnd.push(pod.calls)
    pod.terminating = true
    if (pod.calls === 0) await this.end(name)
  }

  private async begin(name: string, uid: string): Promise<StoodIn> {
    const count = (zone: string) => this.staying().filter((pod) => pod.zone === zone).length
    const zone = this.zones.toSorted((a, b) => count(a) - count(b))[0]!
    const pod = { name, uid, zone, terminating: false, calls: 0 }
    this.pods.set(name, pod)
    const target = { apiVersion: 'v1', kind: 'Node', name: `node-${zone}` }
    await this.post(name, 'binding', { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target })
    const at = new Date().toISOString()
    const conditions = ['PodScheduled', 'Ready', 'ContainersReady'].map((type) => ({
      ...{ type, status: 'True', lastTransitionTime: at },
    }))
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
