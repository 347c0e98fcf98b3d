import { parseAllDocuments, stringify } from 'yaml'
import { kubectl, operatorNamespace, release, renderChart } from '../../hack/chart.ts'
import { CALLBOTS, FAILOVER_DRILLS, INTEGRATIONS, RETENTION_POLICIES } from '../../src/api/kinds.ts'
import { createClient } from '../../src/kube/client.ts'
import { loadClusterConfig } from '../../src/kube/load-cluster-config.ts'
import { createInformer } from '../../src/kube/informer.ts'
import type { Manifest, Raw } from '../../src/kube/raw-object.ts'
import { pathOf, resources } from '../../src/kube/resources.ts'
import { silent } from '../../src/runtime/log.ts'
import type { BareOptions } from '../../hack/cluster/bare.ts'
import { useApiServer, type TestApiServer } from './api-server.ts'
import { startCrashProxy, type CrashProxy } from './crash-proxy.ts'
import { startOperator, type OperatorProcess } from './operator-process.ts'
import { asInPod } from './service-account.ts'

/** The namespace of the bots. */
export const CLIENT = 'lilas'
export const IMAGE = 'registry.test/callbot:1'
export const PODS = [`${release}-0`, `${release}-1`] as const

/** A real API server with the chart's roles and fence, and the operator behind a proxy that can kill it. */
export interface Stage {
  api: TestApiServer
  proxy: CrashProxy
  /** The operator that runs now. */
  operator: OperatorProcess
  /** Starts one as a pod of the chart: with that pod's token, under the roles and the fence. */
  start(pod: (typeof PODS)[number]): void
  /** Tries to write a ConfigMap like a route with the rights of that pod. */
  writeAs(pod: (typeof PODS)[number]): Promise<unknown>
  /** Times at which the epoch of a route, or of trunks, went down; there must be none. */
  epochFaults: string[]
}

/** Runs for the tests of one `describe`. The controller manager is there too: it makes pods and collects garbage. */
export function useStage(
  options: Partial<BareOptions> & { env?: Record<string, string>; values?: readonly string[] } = {},
): () => Stage {
  const { env = {}, values = [], ...server } = options
  const api = useApiServer({
    ...server,
    controllers: true,
    kinds: [CALLBOTS, FAILOVER_DRILLS, INTEGRATIONS, RETENTION_POLICIES],
  })
  const watching = new AbortController()
  let stage: Stage | undefined
  before(async function () {
    this.timeout(240_000)
    await installChart(api(), values)
    const { server: url, readTls } = api().config
    const proxy = await startCrashProxy({ server: url, ca: (await readTls()).ca })
    const accesses = new Map<string, Record<string, string>>()
    for (const pod of PODS)
      accesses.set(pod, asInPod({ server: proxy.url, ca: String(proxy.ca), token: await tokenOf(api(), pod) }))
    const start = (podName: string) =>
      startOperator({ access: accesses.get(podName)!, podName, namespace: operatorNamespace, image: IMAGE, env })
    const epochFaults: string[] = []
    await watchEpochs(api(), epochFaults, watching.signal)
    await bringUpPods(api(), watching.signal)
    const writeAs = async (pod: string) => {
      const config = await loadClusterConfig(accesses.get(pod)!)
      const kube = createClient({
        transport: await api().connect({ config, server: proxy.url }),
        fieldManager: release,
      })
      const labels = { 'app.kubernetes.io/managed-by': release }
      const metadata = { name: 'route.of.a.bystander', namespace: operatorNamespace, labels }
      return kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
    }
    stage = {
      writeAs,
      api: api(),
      proxy,
      operator: start(PODS[0]),
      start: (pod) => void (stage!.operator = start(pod)),
      epochFaults,
    }
  })
  after(async () => {
    watching.abort()
    stage?.operator.kill()
    await stage?.proxy.close()
  })
  return () => stage!
}

/** Everything of the chart but its Deployment: the operator runs beside the API server. */
async function installChart(api: TestApiServer, values: readonly string[]): Promise<void> {
  const ask = (args: string[], input?: string) => kubectl(['--kubeconfig', api.kubeconfig, ...args], input)
  for (const namespace of [operatorNamespace, CLIENT]) await ask(['create', 'namespace', namespace])
  const documents = parseAllDocuments(await renderChart([], [`bots.image=${IMAGE}`, ...values])).map(
    (document) => document.toJS() as Manifest | null,
  )
  const wanted = documents.filter((each) => each !== null && each.kind !== 'Deployment')
  await ask(['apply', '--server-side', '-f', '-'], wanted.map((each) => `---\n${stringify(each)}`).join(''))
  await ask(['wait', 'crd', '--all', '--for=condition=Established'])
  for (const name of ['cabinet', 'agenda']) await api.kube.create(integration(name))
}

const integration = (name: string) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Integration',
  metadata: { name, namespace: CLIENT },
  spec: { sip: { trunks: [{ name: 'one', role: 'Primary', address: { host: 'pbx.test' } }] } },
})

/** A pod of the operator, and a token bound to it: as the kubelet would mount it. */
async function tokenOf(api: TestApiServer, name: string): Promise<string> {
  const pod = await api.kube.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: operatorNamespace },
    spec: { serviceAccountName: release, containers: [{ name: 'operator', image: IMAGE }] },
  } as Manifest)
  const { body } = await api.transport.request({
    purpose: 'readwrite',
    method: 'POST',
    path: pathOf(resources.serviceAccounts, operatorNamespace, release, 'token'),
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds: 86_400,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid: pod.metadata.uid },
      },
    },
  })
  return (body as { status: { token: string } }).status.token
}

/** There are no nodes, so somebody has to say that pods are ready: else no rollout would come to its end. */
async function bringUpPods({ transport, kube }: TestApiServer, signal: AbortSignal): Promise<void> {
  // For a while already: a Deployment waits until its pods have been ready for minReadySeconds.
  const lastTransitionTime = new Date(Date.now() - 60_000).toISOString()
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] }
  const pods = createInformer({
    transport,
    log: silent,
    resource: resources.pods,
    namespace: CLIENT,
    project: ({ metadata, status: seen }: Raw) => ({
      namespace: CLIENT,
      name: metadata.name,
      uid: metadata.uid!,
      resourceVersion: metadata.resourceVersion!,
      isUp: (seen as { phase?: string }).phase === 'Running' || metadata.deletionTimestamp !== undefined,
    }),
    onChange(_, pod) {
      if (pod === undefined || pod.isUp) return
      const gone = () => undefined
      void kube.mergePatch(resources.pods, CLIENT, pod.name, { status }, { subresource: 'status' }).catch(gone)
    },
  })
  pods.start(signal)
  await pods.synced()
}

/** Follows every route and every group of trunks from its first to its last version, across deletions, as an edge would. */
async function watchEpochs(api: TestApiServer, faults: string[], signal: AbortSignal): Promise<void> {
  const highest = new Map<string, number>()
  const routes = createInformer({
    transport: api.transport,
    log: silent,
    resource: resources.configMaps,
    namespace: operatorNamespace,
    labelSelector: 'app.kubernetes.io/component in (route,trunks)',
    project: ({ metadata, data }: Raw) => ({
      namespace: operatorNamespace,
      name: metadata.name,
      uid: metadata.uid!,
      resourceVersion: metadata.resourceVersion!,
      epoch: (JSON.parse(Object.values(data as Record<string, string>)[0]!) as { epoch: number }).epoch,
    }),
    onChange(_, after) {
      if (after === undefined) return
      const before = highest.get(after.name) ?? 0
      if (after.epoch < before) faults.push(`${after.name}: ${after.epoch} after ${before}`)
      highest.set(after.name, Math.max(before, after.epoch))
    },
  })
  routes.start(signal)
  await routes.synced()
}
