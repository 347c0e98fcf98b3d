/** `down`: finds what is ours by cgroup, path and name, not by records alone, so it works after any crash. */
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { HOST_GROUP, killAll, removeGroups } from './cgroups.ts'
import { recordedNames, stopRecorded } from './daemons.ts'
import { removeNetwork } from './network.ts'
import { step } from './progress.ts'
import { cacheDir, runDir, stateDir, stateImage, zones } from './settings.ts'
import { tryRun } from './shell.ts'
import { zoneRecords } from './zone.ts'

/** Tears the cluster down. `purge` also removes the cache of binaries and images. Harmless when there is nothing. */
export async function down(purge: boolean): Promise<void> {
  await step('processes', endProcesses)
  await step('mounts', () => unmountBelow(purge ? [stateDir, runDir, cacheDir] : [stateDir, runDir]))
  await step('network', removeNetwork)
  removeGroups()
  removeTraces()
  await step('files', async () => {
    for (const dir of purge ? [stateDir, runDir, cacheDir] : [stateDir, runDir]) removeTree(dir)
    for (const dir of [stateDir, runDir, cacheDir]) deleteTree(removedName(dir))
    rmSync(stateImage, { force: true })
  })
}

async function endProcesses(): Promise<void> {
  // Whole zones at once: no kubelet is left to start a container again, no containerd to clean up.
  for (const zone of zones) await killAll(zone.name)
  await killAll(HOST_GROUP)
  await killAll('')
  for (const dir of [join(stateDir, 'run'), ...zones.map(zoneRecords)])
    for (const name of recordedNames(dir)) await stopRecorded(dir, name)
}

/** Deepest first; what is busy is detached and goes when its last user does. */
async function unmountBelow(dirs: readonly string[]): Promise<void> {
  for (const point of mountPoints(dirs).reverse()) {
    if ((await tryRun('umount', [point])).code !== 0) await tryRun('umount', ['--lazy', point])
  }
}

/** Mount points below the folders, in the order in which they were mounted. */
export function mountPoints(
  dirs: readonly string[],
  mountinfo = readFileSync('/proc/self/mountinfo', 'utf8'),
): string[] {
  return mountinfo
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .map((point) => point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))))
    .filter((point) => dirs.some((dir) => point === dir || point.startsWith(`${dir}/`)))
}

/** Under another name first: a removal that is cut off must leave nothing that the next start takes for a cluster. */
function removeTree(dir: string): void {
  refuseMountsIn(dir)
  deleteTree(removedName(dir))
  if (existsSync(dir)) renameSync(dir, removedName(dir))
  deleteTree(removedName(dir))
}

function deleteTree(dir: string): void {
  refuseMountsIn(dir)
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
}

/** @throws rather than delete through a mount that could not be taken away: it may be somebody's volume */
function refuseMountsIn(dir: string): void {
  const left = mountPoints([dir])
  if (left.length > 0)
    throw new Error(`${left[0]} is still mounted: find its user with \`fuser -vm\`, then run this again`)
}

const removedName = (dir: string) => `${dir}.removed`

/** Small things that the kubelet and the network plugins leave outside our folders. */
function removeTraces(): void {
  const logs = '/var/log/containers'
  for (const name of listOf(logs)) if (pointsIntoState(join(logs, name))) rmSync(join(logs, name))
  const results = '/var/lib/cni/results'
  for (const name of listOf(results))
    if (zones.some((zone) => name.startsWith(`${zone.netns}-`))) rmSync(join(results, name))
}

function pointsIntoState(link: string): boolean {
  try {
    return readlinkSync(link).startsWith(stateDir)
  } catch {
    return false
  }
}

function listOf(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}
