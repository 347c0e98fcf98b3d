/** Installs and removes the operator with helm, as a person would, and says why when it doesn't get ready. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { chartDir, helm, kubectl, operatorNamespace, release } from './chart.ts'
import { builtFrom } from './cluster/image.ts'
import { host, kubeconfigFile, operatorImage, repo, usesCurrentCluster } from './cluster/settings.ts'
import { until } from './cluster/shell.ts'

/** Values for bots that talk. Three zones share one machine here: one speech server is enough, and a second would take a gigabyte. */
export const talkingValues = usesCurrentCluster ? {} : { speech: { enabled: true, replicas: 1 } }

/**
 * On the local cluster people and tests call from addresses of their own, and clients of many tests have their trunks at the host's
 * address, one after the other or at once. A cluster of yours says who your carriers are.
 */
const localEdge = usesCurrentCluster
  ? {}
  : {
      callers: 'Anyone',
      trunkGrants: [{ address: host.address, namespaces: ['*'] }],
      // The chart refuses a grant to every namespace with fewer.
      trunkIdentitiesPerAddress: 256,
    }

/** Label of the Deployment of edges, whose name follows its ports. */
const EDGES = 'app.kubernetes.io/component=edge'

export interface InstallOptions {
  /** Values of the chart, beside the image. */
  values?: Record<string, unknown>
  /** Image reference with its tag. By default the one that `make images` builds. */
  image?: string
  /** Folder of the chart; by default the one of this checkout. Or oci://REGISTRY/NAME@DIGEST, whose values name the images. */
  chart?: string
  /** File; by default that of the local cluster, or $KUBECONFIG with CLUSTER=current. */
  kubeconfig?: string
  /** How long pods may take to be ready. */
  timeoutSeconds?: number
  /** False: return as soon as the objects are there, without waiting for pods. */
  wait?: boolean
}

/**
 * Installs the chart, or upgrades what is installed. Harmless to repeat.
 * @returns what helm says to a person
 * @throws with the state of the pods when they aren't ready in time
 */
export async function installChart(options: InstallOptions = {}): Promise<string> {
  const { values = {}, image = operatorImage, chart = chartDir, timeoutSeconds = 120, wait = true } = options
  // Helm can make a namespace, but not label it: pod security has to be in force before the first pod comes.
  const text = readFileSync(join(repo, 'config', 'base', 'foundation', 'namespace.yaml'), 'utf8')
  const { expose } = (values['edge'] ?? {}) as { expose?: string }
  const namespace = expose === 'HostPort' ? text.replace('enforce: restricted', 'enforce: privileged') : text
  await kubectl([...at(options), 'apply', '--server-side', '--field-manager=callbot-install', '-f', '-'], namespace)
  const isRemote = chart.startsWith('oci://')
  const input = stringify({
    ...(isRemote ? {} : { podAnnotations: rollsWithImage(image) }),
    // A gigabyte and some seconds that few tests need: who wants to hear or speak turns it on.
    ...(usesCurrentCluster ? {} : { speech: { enabled: false } }),
    ...values,
    edge: { ...localEdge, ...(values['edge'] as object | undefined) },
    ...(isRemote ? {} : { image: { ...splitImage(image), ...(values['image'] as object | undefined) } }),
  })
  const waiting = wait ? ['--wait', '--timeout', `${timeoutSeconds}s`] : []
  const plain = chart.startsWith('oci://127.') ? ['--plain-http'] : []
  const args = ['upgrade', '--install', release, chart, ...plain, '-n', operatorNamespace, '--values', '-', ...waiting]
  const upgrade = () => helm([...at(options), ...args], input)
  return upgrade()
    .catch(async (cause: Error) => {
      if (!INTERRUPTED.test(cause.message)) throw cause
      await endInterrupted(cause, options)
      return upgrade()
    })
    .catch(async (cause: Error) => {
      throw await explained(cause, options)
    })
}

/** What helm says from then on when one of its changes was killed, or could not write how it ended: nothing of helm's ends that state. */
const INTERRUPTED = /another operation \(install\/upgrade\/rollback\) is in progress/

/**
 * Goes back to the revision before the one that was interrupted, or takes the first one away.
 * @throws with the cure on a cluster of somebody else, where another person's helm may be at work
 */
async function endInterrupted(cause: Error, options: InstallOptions): Promise<void> {
  const inNamespace = ['-n', operatorNamespace]
  if (usesCurrentCluster && options.kubeconfig === undefined)
    throw new Error(
      `${cause.message}\nIf no other helm is at work on ${release}, go back to the revision before it: helm rollback ${release} ${inNamespace.join(' ')}`,
      { cause },
    )
  await helm([...at(options), 'rollback', release, ...inNamespace]).catch(() => uninstallChart(options))
}

/**
 * Removes the chart. Bots, routes, certificates and the kinds stay.
 * @returns what helm says to a person: it names what it kept
 */
export function uninstallChart(options: InstallOptions = {}): Promise<string> {
  const { timeoutSeconds = 30 } = options
  const waiting = ['--wait', '--timeout', `${timeoutSeconds}s`]
  return helm([...at(options), 'uninstall', release, '-n', operatorNamespace, '--ignore-not-found', ...waiting])
}

/**
 * Resolves when all replicas are ready and one of them leads, and no edge of an earlier configuration is left: helm waits for all but one.
 * @throws with the state of the pods when the time is over
 */
export async function waitReady(options: InstallOptions = {}): Promise<void> {
  const { timeoutSeconds = 120 } = options
  const inNamespace = [...at(options), '-n', operatorNamespace]
  try {
    const edge = await kubectl([...inNamespace, 'get', 'deployments', '-l', EDGES, '-o', 'name'])
    for (const each of [`deployment/${release}`, ...edge.split('\n')].filter((name) => name !== ''))
      await kubectl([...inNamespace, 'rollout', 'status', each, `--timeout=${timeoutSeconds}s`])
    await until('an operator to lead (the lease has no holder)', timeoutSeconds, async () => {
      const holder = ['get', 'lease', release, '-o', 'jsonpath={.spec.holderIdentity}']
      return (await kubectl([...inNamespace, ...holder])) !== ''
    })
  } catch (cause) {
    throw await explained(cause as Error, options)
  }
}

/** Flags that helm and kubectl have in common. */
function at({ kubeconfig }: InstallOptions): string[] {
  const file = kubeconfig ?? (usesCurrentCluster ? undefined : kubeconfigFile)
  return file === undefined ? [] : ['--kubeconfig', file]
}

/** The image that is built here keeps its tag: this makes the operators roll when its contents change all the same. */
function rollsWithImage(image: string): Record<string, string> {
  const inputs = image === operatorImage && !usesCurrentCluster ? builtFrom() : undefined
  return inputs === undefined ? {} : { 'callbots.dev/image-inputs': inputs }
}

/** REGISTRY:PORT/NAME:TAG or NAME@DIGEST as values of the chart. */
export function splitImage(image: string): { repository: string; tag?: string; digest?: string } {
  const [named, digest] = image.split('@')
  const colon = named!.indexOf(':', named!.lastIndexOf('/'))
  const repository = colon < 0 ? named! : named!.slice(0, colon)
  if (digest !== undefined) return { repository, digest }
  if (colon < 0) throw new Error(`image ${image} has no tag: write ${image}:TAG, so that it is clear what runs`)
  return { repository, tag: named!.slice(colon + 1) }
}

/** What keeps it from being ready comes first: of a long run, people see the first lines of each error. */
async function explained(cause: Error, options: InstallOptions): Promise<Error> {
  const text = await kubectl([...at(options), '-n', operatorNamespace, 'get', 'pods', '-o', 'json']).catch(() => '{}')
  const { items = [] } = JSON.parse(text) as { items?: Pod[] }
  const obstacles = await Promise.all(items.map((pod) => obstacleOf(pod, options)))
  const unready = items.filter((_, index) => obstacles[index] !== undefined).map(({ metadata }) => metadata.name)
  const summary =
    unready.length > 0 ? obstacles.filter((obstacle) => obstacle !== undefined).join('; ') : 'all pods are ready'
  const error = new Error(`${summary}\n${cause.message}\n${await podLogs(options)}`, { cause })
  // What is broken in one of them must fail one test, not each that installs the chart after it.
  if (!usesCurrentCluster && unready.length > 0)
    await kubectl([...at(options), '-n', operatorNamespace, 'delete', 'pods', ...unready, '--wait=false']).catch(
      () => {},
    )
  return error
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string }
  spec: { nodeName?: string }
  status: {
    phase?: string
    conditions?: { type: string; status: string; reason?: string; message?: string }[]
    containerStatuses?: { name: string; ready: boolean; restartCount: number; state: object; lastState: object }[]
  }
}

/** Why the pod is not ready, with what its node and its containers said last; undefined: it is. */
async function obstacleOf({ metadata, spec, status }: Pod, options: InstallOptions): Promise<string | undefined> {
  const { name, deletionTimestamp } = metadata
  if (deletionTimestamp !== undefined) return `${name} is on its way out`
  const failing = (status.conditions ?? []).filter(({ status: is }) => is === 'False')
  if (failing.length === 0) return undefined
  const why = failing.find(({ type }) => type === 'PodScheduled') ?? failing.find(({ type }) => type !== 'Ready')
  const ask = askNamespace(options)
  const last = async (args: string[], lines: number) =>
    lastLines(await ask(args), lines)
      .replaceAll('\n', ' / ')
      .slice(-1_000)
  const ofPod = ['--field-selector', `type=Warning,involvedObject.name=${name}`, '-o', MESSAGES]
  const containers = (status.containerStatuses ?? []).filter(({ ready }) => !ready)
  const told = containers.map(async (of) =>
    [
      `${of.name}: ${of.restartCount} restarts, ${JSON.stringify(of.state)}, before ${JSON.stringify(of.lastState)}`,
      await last(['logs', name, '-c', of.name, '--tail', '3', ...(of.restartCount > 0 ? ['--previous'] : [])], 3),
    ].join(': '),
  )
  return [
    `${name} on ${spec.nodeName} is ${status.phase}: ${why?.type} is False, ${why?.message ?? why?.reason}`,
    await last(['get', 'events', ...ofPod], 2),
    ...(await Promise.all(told)),
  ].join('; ')
}

const MESSAGES = String.raw`jsonpath={range .items[*]}{.message}{"\n"}{end}`

/** Asks kubectl in our namespace. @returns the error where it fails */
const askNamespace = (options: InstallOptions) => (args: string[]) =>
  kubectl([...at(options), '-n', operatorNamespace, ...args]).catch((error: Error) => error.message)

async function podLogs(options: InstallOptions): Promise<string> {
  const ask = askNamespace(options)
  const pods = await ask(['get', 'pods', '-o', 'wide'])
  const warnings = await ask([
    'get',
    'events',
    '--field-selector',
    'type=Warning',
    '--sort-by',
    '.metadata.creationTimestamp',
  ])
  const logs = await ask(['logs', `deployment/${release}`, '--tail', '20', '--all-pods', '--prefix'])
  return [pods, lastLines(warnings, 8), lastLines(logs, 20)].join('\n')
}

const lastLines = (text: string, count: number) => text.trimEnd().split('\n').slice(-count).join('\n')
