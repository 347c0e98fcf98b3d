/** `up`: every step makes what is missing and nothing else, so after any crash the cure is to run it again. */
import { copyFileSync, chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureAddons } from './addons.ts'
import { forgetConnection, isNodeReady, listNodes } from './api.ts'
import { ensureDnsImage, ensureToolImage, importClusterImages } from './base-images.ts'
import { clusterModules, ensureBinaries } from './binaries.ts'
import * as controlPlane from './controlplane.ts'
import { bootId, isRunning } from './daemons.ts'
import { ensureDisk } from './disk.ts'
import { undoFaults } from './faults.ts'
import { readFileIfAny, writeFile } from './files.ts'
import { ensureNetwork } from './network.ts'
import { ensurePackages } from './packages.ts'
import { place } from './place.ts'
import { preflight } from './preflight.ts'
import { step } from './progress.ts'
import { kubeconfigFile, logDir, runDir, stateDir, zones, type Zone } from './settings.ts'
import { until } from './shell.ts'
import {
  ensureContainerd,
  ensureNode,
  ensurePolicies,
  isKubeletHealthy,
  resolvesIn,
  zoneDaemons,
  zoneRecords,
} from './zone.ts'

/**
 * Brings the cluster up, or heals it.
 * @throws when something that was started is dead again at the end, after a second try
 */
export async function up(): Promise<void> {
  await bringUp()
  if (deadDaemons().length > 0) await bringUp()
  const dead = deadDaemons()
  if (dead.length > 0) throw new Error(`${dead.join(', ')} died right after the start: see the logs in ${logDir}`)
}

async function bringUp(): Promise<void> {
  await preflight()
  await ensurePackages()
  await ensureBinaries(clusterModules)
  await ensureDisk()
  forgetLastBoot()
  mkdirSync(logDir, { recursive: true })
  await step('certificates', preparePki)
  await step('network', ensureNetwork)
  await step('faults undone', undoFaults)
  await step('etcd', () => controlPlane.ensureEtcd(place))
  await step('API server', () => controlPlane.ensureApiServer(place))
  await controlPlane.ensureControllerManager(place)
  await controlPlane.ensureScheduler(place)
  await step('containerd in three zones', () => inAllZones(ensureContainerd))
  await ensureToolImage()
  await ensureDnsImage()
  await step('images of the cluster', () => inAllZones(importClusterImages))
  await step('access and DNS', ensureAddons)
  await step('kubelets', () => inAllZones(ensureNode))
  await step('nodes ready', () => until('three ready nodes', 90, nodesBecomeReady))
  await step('network policies enforced', () => inAllZones(ensurePolicies))
  await step('DNS ready', () => inAllZones((zone) => until(`DNS in ${zone.name}`, 90, () => resolvesIn(zone))))
}

/**
 * True when each zone's node is ready and its kubelet answers. After a crash a node counts as ready for 20 s by what the
 * kubelet before said, so its word alone is not enough.
 */
async function areNodesReady(): Promise<boolean> {
  const nodes = await listNodes(kubeconfigFile)
  const isThere = (zone: Zone) => nodes.some((node) => node.metadata.name === zone.node && isNodeReady(node))
  return zones.every(isThere) && (await Promise.all(zones.map(isKubeletHealthy))).every(Boolean)
}

/**
 * All kubelets of a machine make the same socket for device plugins (its path is fixed): of two that do it in the same moment one
 * ends. It is started again.
 */
async function nodesBecomeReady(): Promise<boolean> {
  await inAllZones(ensureNode)
  return areNodesReady()
}

/** What is recorded and not alive. */
const deadDaemons = () => [
  ...controlPlane.daemons.filter((name) => !isRunning(controlPlane.recordDir(place), name)),
  ...zones.flatMap((zone) =>
    zoneDaemons.filter((name) => !isRunning(zoneRecords(zone), name)).map((name) => `${zone.name} ${name}`),
  ),
]

const inAllZones = (work: (zone: Zone) => Promise<void>) => Promise.all(zones.map(work))

async function preparePki(): Promise<void> {
  await controlPlane.ensureControlPlanePki(place)
  const admin = controlPlane.adminKubeconfig(place)
  const content = readFileIfAny(admin)!
  if (readFileIfAny(kubeconfigFile) === content) return
  copyFileSync(admin, kubeconfigFile)
  chmodSync(kubeconfigFile, 0o600)
  forgetConnection(kubeconfigFile)
}

/**
 * After a reboot what lay in /run describes processes and namespaces that are gone, and so do address leases. On most systems /run is
 * empty then; where it is a plain folder we empty ours.
 */
function forgetLastBoot(): void {
  const mark = join(stateDir, 'boot-id')
  if (readFileIfAny(mark) === bootId()) return
  rmSync(runDir, { recursive: true, force: true })
  for (const zone of zones) rmSync(join(zone.stateDir, 'ipam'), { recursive: true, force: true })
  writeFile(mark, bootId())
}
