/**
 * Faults, for tests and for people. Each is idempotent, each is undone by its opposite, all by `healAll`; none of them asks
 * the API server, so they can be combined. They act on our own zones only.
 */
import * as cgroups from './cgroups.ts'
import { containersOf, type Container } from './containers.ts'
import { pidOf, stopRecorded } from './daemons.ts'
import { withLock } from './lock.ts'
import { isPortUp, setPort } from './network.ts'
import { startApiServer } from './place.ts'
import { canSetWallClocks, setWallClocks } from './wall-clock.ts'
import { auditLogFile, kubeconfigFile, stateDir, usesCurrentCluster, zoneNamed, zones } from './settings.ts'
import { join } from 'node:path'

const records = join(stateDir, 'run')

/** Where the API server writes who did what (JSON lines; policy in render/audit.ts). */
export const auditLogPath = () => auditLogFile

/** Kubeconfig of the cluster's administrator. */
export const kubeconfigPath = () => (usesCurrentCluster ? process.env['KUBECONFIG'] : kubeconfigFile) ?? kubeconfigFile

/** Lifts the zone's cable: it reaches neither the API server nor another zone. What runs in it goes on. */
export async function cutZone(zone: string): Promise<void> {
  await setPort(zoneNamed(zone), 'down')
}

/** Plugs the cable in again. */
export async function healZone(zone: string): Promise<void> {
  await setPort(zoneNamed(zone), 'up')
}

/** Stops everything in the zone in the middle of whatever it does: kubelet, containerd, all processes of all pods. */
export async function freezeZone(zone: string): Promise<void> {
  await cgroups.freeze(zoneNamed(zone).name)
}

/** Lets a frozen zone go on; its clocks jump. */
export async function thawZone(zone: string): Promise<void> {
  await cgroups.thaw(zoneNamed(zone).name)
}

export const isZoneFrozen = (zone: string) => cgroups.isFrozen(zoneNamed(zone).name)
export const isZoneCut = async (zone: string) => !(await isPortUp(zoneNamed(zone)))

/**
 * SIGKILL for the main process of a container, as the kernel's out-of-memory killer does it.
 * @param container needed when the pod has more than one
 * @throws when no such container lives
 */
export function killPod(namespace: string, pod: string, container?: string): void {
  const found = theContainers(namespace, pod).filter(({ name }) => container === undefined || name === container)
  if (found.length === 0) throw new Error(`pod ${namespace}/${pod} has no living container "${container}"`)
  if (found.length > 1) {
    const choice = found.map(({ name }) => name).join(', ')
    throw new Error(`pod ${namespace}/${pod} has several containers: say which of ${choice}`)
  }
  process.kill(found[0]!.pid, 'SIGKILL')
}

/** SIGSTOP for every process of the pod: it holds its sockets and answers nothing. The kubelet may still kill it. */
export function freezePod(namespace: string, pod: string): void {
  signalPod(namespace, pod, 'SIGSTOP')
}

/** SIGCONT for every process of the pod. */
export function thawPod(namespace: string, pod: string): void {
  signalPod(namespace, pod, 'SIGCONT')
}

/**
 * Sets the wall clocks of these pods' processes so many seconds ahead of this machine's, or behind it; their monotonic clocks go on. A container
 * that starts later has the true time. On x86-64 only.
 */
export async function setClocks(
  pods: readonly (readonly [namespace: string, pod: string])[],
  seconds: number,
): Promise<void> {
  const pids = pods.flatMap(([namespace, pod]) => processesOf(namespace, pod))
  await setWallClocks(pids, seconds)
}

/** Ends the API server (etcd stays). `up` or `startApi` bring it back. */
export async function stopApi(): Promise<void> {
  await stopRecorded(records, 'kube-apiserver', 200)
}

/** Starts the API server and resolves when it is ready. */
export async function startApi(): Promise<void> {
  thawApi()
  await withLock(startApiServer)
}

/** The API server takes connections and answers nothing: worse for clients than a refusal. */
export function freezeApi(): void {
  const pid = pidOf(records, 'kube-apiserver')
  if (pid === undefined) throw new Error('the API server does not run: `make cluster` starts it')
  process.kill(pid, 'SIGSTOP')
}

/** Lets a frozen API server answer again; harmless when it runs or is stopped. */
export function thawApi(): void {
  const pid = pidOf(records, 'kube-apiserver')
  if (pid !== undefined) process.kill(pid, 'SIGCONT')
}

/** Undoes every fault. */
export async function healAll(): Promise<void> {
  await undoFaults()
  await startApi()
}

/** Undoes every fault but a stopped API server. */
export async function undoFaults(): Promise<void> {
  thawApi()
  for (const zone of zones) {
    await thawZone(zone.name)
    await healZone(zone.name)
    const pids = cgroups.processesIn(zone.name)
    for (const pid of pids) wake(pid)
    if (canSetWallClocks) await setWallClocks(pids, 0)
  }
}

function theContainers(namespace: string, pod: string): Container[] {
  const found = containersOf(namespace, pod)
  if (found.length > 0) return found
  throw new Error(`no pod ${namespace}/${pod} runs in a zone: see \`kubectl get pods -n ${namespace}\``)
}

const processesOf = (namespace: string, pod: string): number[] =>
  theContainers(namespace, pod).flatMap(({ zone, id }) => cgroups.processesOfContainer(zone.name, id))

function signalPod(namespace: string, pod: string, signal: NodeJS.Signals): void {
  for (const pid of processesOf(namespace, pod)) process.kill(pid, signal)
}

function wake(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // it ended meanwhile
  }
}
