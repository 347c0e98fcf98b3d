import { expect } from 'chai'
import { randomInt } from 'node:crypto'
import { closeSync, globSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import type { CallbotInput, CallbotStatus } from '../../src/api/callbot.ts'
import { applyObjects, kubectl, operatorNamespace, release } from '../../hack/chart.ts'
import { plainTelephoneSystem } from '../../hack/client/manifests.ts'
import { auditLogPath, kubeconfigPath } from '../../hack/cluster/faults.ts'
import { withLock } from '../../hack/cluster/lock.ts'
import { instance, operatorUser, usesCurrentCluster, zones } from '../../hack/cluster/settings.ts'
import { installChart, waitReady } from '../../hack/install.ts'
import { eventually } from './eventually.ts'

/** The three-zone cluster with the chart installed, as an end-to-end test sees it: by kubectl, like a person. */

export const kube = (...args: string[]) => kubectl(['--kubeconfig', kubeconfigPath(), ...args])
export const kubeJson = async <T>(...args: string[]): Promise<T> => JSON.parse(await kube(...args, '-o', 'json')) as T
export const applyManifests = (...manifests: object[]) => applyObjects(kubeconfigPath(), manifests)

/** Faults are made in our own cluster only. */
export function needsLocalCluster(test: Mocha.Context): void {
  if (usesCurrentCluster) test.skip()
}

/** The chart with its default values. Who calls it has the cluster for itself, and may break it. */
export async function operatorServes(): Promise<void> {
  await installChart()
  await waitReady()
}

/**
 * Both operators run, and in pods whose containers were never killed. Kubernetes waits longer each time before it restarts a container,
 * up to five minutes: after some tests that kill the operator, none would be there.
 */
export async function freshOperators(): Promise<void> {
  const { items } = await kubeJson<{ items: Pod[] }>(
    ...['get', 'pods', '-n', operatorNamespace, '-l', 'app.kubernetes.io/component=operator'],
  )
  const killed = items.filter(({ status }) => status.containerStatuses?.some(({ restartCount }) => restartCount > 0))
  for (const { metadata } of killed) await kube('delete', 'pod', metadata.name, '-n', operatorNamespace)
  await waitReady()
}

/**
 * The chart for a file that changes nothing outside of its own namespaces: `make test` runs two of them in one cluster at the same time.
 * Such a file injects no fault into zones, the API server or the operator, installs no other values, and judges no sound, and no time that a busy
 * machine misses.
 */
export const sharedOperatorServes = (): Promise<void> => withLock(operatorServes, `chart-${instance}`)

const ZONE_LABEL = 'topology.kubernetes.io/zone'

/** Gives each node the label of a zone. @param zoneOf by the one that it has otherwise; undefined: no label */
export async function labelNodes(zoneOf: (zone: string) => string | undefined): Promise<void> {
  for (const { node, name } of zones) {
    const zone = zoneOf(name)
    await kube('label', 'node', node, '--overwrite', zone === undefined ? `${ZONE_LABEL}-` : `${ZONE_LABEL}=${zone}`)
  }
}

export interface Pod {
  metadata: {
    namespace: string
    name: string
    uid: string
    deletionTimestamp?: string
    annotations?: Record<string, string>
  }
  spec: { nodeName?: string }
  status: {
    phase?: string
    podIP?: string
    conditions?: { type: string; status: string }[]
    containerStatuses?: { restartCount: number }[]
  }
}

export const podsIn = async (namespace: string) =>
  (await kubeJson<{ items: Pod[] }>('get', 'pods', '-n', namespace)).items

/** The pods that stay, once none of an earlier version is left: a bot that came seconds before its Integration is made twice. */
export async function settledPods(namespace: string): Promise<Pod[]> {
  type Deployment = {
    metadata: { generation: number }
    status: { observedGeneration?: number; replicas?: number; updatedReplicas?: number }
  }
  await eventually(async () => {
    const { items } = await kubeJson<{ items: Deployment[] }>('get', 'deployments', '-n', namespace)
    for (const { metadata, status } of items) {
      expect(status.observedGeneration, 'the generation that was looked at').to.equal(metadata.generation)
      expect(status.updatedReplicas, 'pods of the new version').to.equal(status.replicas)
    }
  }, 120)
  return (await podsIn(namespace)).filter(({ metadata }) => metadata.deletionTimestamp === undefined)
}

/** Which container of which pod runs: changes when one is replaced or restarted. */
export const lives = async (namespace: string) =>
  (await podsIn(namespace))
    .map((pod) => `${pod.metadata.uid}#${pod.status.containerStatuses?.[0]?.restartCount ?? 0}`)
    .sort()

export interface Bot {
  metadata: { name: string; uid: string; generation: number }
  spec: CallbotInput['spec']
  status?: CallbotStatus
}

export const botNamed = (namespace: string, name: string) => kubeJson<Bot>('get', 'callbot', name, '-n', namespace)

export const readyOf = (bot: Bot) => bot.status?.conditions?.find((condition) => condition.type === 'Ready')

/** Waits until the operator says that edges lead these numbers to their bots. */
export const untilPublished = (...numbers: string[]): Promise<void> =>
  eventually(async () => {
    const { items } = await kubeJson<{ items: Bot[] }>('get', 'callbots', '--all-namespaces')
    for (const number of numbers) {
      const bot = items.find(({ spec }) => spec.numbers.includes(number))
      const { routeEpoch, runningRoute, conditions } = bot?.status ?? {}
      const said = conditions?.find(({ type }) => type === 'RoutesPublished')
      expect(said, `of the bot with ${number}`).to.include({ status: 'True', reason: 'RouteRuns' })
      expect(said?.observedGeneration, said?.message).to.equal(bot!.metadata.generation)
      expect(runningRoute?.epoch, said?.message).to.equal(routeEpoch)
    }
  }, 60)

/** The pod that holds the lease, and its zone. */
export async function leader(): Promise<{ pod: string; zone: string }> {
  const lease = ['get', 'lease', release, '-n', operatorNamespace, '-o', 'jsonpath={.spec.holderIdentity}']
  const pod = await kube(...lease)
  const { spec } = await kubeJson<Pod>('get', 'pod', pod, '-n', operatorNamespace)
  const node = await kubeJson<{ metadata: { labels: Record<string, string> } }>('get', 'node', spec.nodeName!)
  return { pod, zone: node.metadata.labels[ZONE_LABEL]! }
}

/**
 * A namespace of the test's own, with an Integration that bots may name. Its telephone system, which takes every call, is in one beside
 * it: pods in the namespace are the bots'. Returns its name.
 */
export async function freshNamespace(purpose: string): Promise<string> {
  const name = `${purpose}-${randomInt(36 ** 4).toString(36)}`
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  const namespaces = [name, besides(name)]
  await applyManifests(
    ...namespaces.map((each) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: each, labels } })),
  )
  const { manifests, host } = plainTelephoneSystem(besides(name))
  await applyManifests(...manifests, anIntegration(name, host))
  return name
}

const besides = (namespace: string) => `${namespace}-pbx`

/** Bots and Integrations first: of a namespace that goes, Kubernetes removes the pods before all others, and edges ask its trunks until then. */
export async function removeNamespace(name: string): Promise<void> {
  const kinds = 'callbots,failoverdrills,integrations'
  await kube('delete', kinds, '--all', '-n', name, '--ignore-not-found', '--wait=false').catch(() => undefined)
  await kube('delete', 'namespace', name, besides(name), '--ignore-not-found', '--wait=false')
}

const anIntegration = (namespace: string, host: string) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Integration',
  metadata: { name: 'pbx', namespace },
  spec: {
    criticality: 'Standard',
    sip: { trunks: [{ name: 'main', role: 'Primary', address: { host }, transport: 'TCP', srtp: 'Preferred' }] },
  },
})

/** A number that no other test uses, nor this one in another run: a namespace that goes keeps its bots for minutes. */
export const aNumber = () =>
  `+339${randomInt(10 ** 9)
    .toString()
    .padStart(9, '0')}`

/** A RetentionPolicy that lets these values leave a bot, and its calls be counted in logs and status. */
export const aRetentionPolicy = (namespace: string, name: string, collect: readonly string[] = []) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'RetentionPolicy',
  metadata: { name, namespace },
  spec: {
    rules: [{ class: 'CallMetadata', days: 1 }],
    collect: collect.map((field) => ({ field, purpose: 'to test', legalBasis: 'Consent' })),
  },
})

/** The smallest Callbot, with a number of its own. */
export const aBot = (namespace: string, name: string, spec: Partial<CallbotInput['spec']> = {}) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Callbot',
  metadata: { name, namespace },
  spec: {
    numbers: [aNumber()],
    language: 'fr-FR',
    dialog: {
      inline: {
        steps: [
          { name: 'bonjour', say: { text: 'Bonjour.' }, next: 'fin' },
          { name: 'fin', hangUp: {} },
        ],
      },
    },
    integrationRefs: [{ name: 'pbx' }],
    fallback: { number: '+33900000000', integrationRef: { name: 'pbx' } },
    drain: { deadlineSeconds: 1 },
    ...spec,
  },
})

export interface AuditEvent {
  verb: string
  user: { username: string; extra?: Record<string, string[]> }
  objectRef?: { resource: string; namespace?: string; name?: string; apiGroup?: string; subresource?: string }
  responseStatus?: { code: number; message?: string }
  requestURI: string
  annotations?: Record<string, string>
  stageTimestamp: string
}

/** What the operator asked of the API server from a byte of the audit log on. */
export function operatorAudit(from = 0, path = auditLogPath()): AuditEvent[] {
  const length = statSync(path).size - from
  const read = Buffer.alloc(Math.max(length, 0))
  const log = openSync(path, 'r')
  readSync(log, read, 0, read.length, from)
  closeSync(log)
  return ofOperator(read.toString())
}

/** The same since the API server's first start: in its log and in those that it put aside when they were full. */
export const wholeOperatorAudit = (path = auditLogPath()): AuditEvent[] =>
  globSync(`${path.replace(/\.log$/, '')}*.log`).flatMap((each) => ofOperator(readFileSync(each, 'utf8')))

function ofOperator(log: string): AuditEvent[] {
  return log
    .split('\n')
    .filter((line) => line.includes(operatorUser))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => event.user.username === operatorUser)
}

/** Octets. */
export const auditLength = () => statSync(auditLogPath()).size
export const podOf = (event: AuditEvent) => event.user.extra?.['authentication.kubernetes.io/pod-name']?.[0]
