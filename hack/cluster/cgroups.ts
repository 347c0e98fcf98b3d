/**
 * One cgroup for each zone and one for the host's part. They serve two ends: a zone freezes as a whole, and nothing that
 * was ever started here can hide from `down`, even when every record of it is lost.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { cgroupName } from './settings.ts'
import { until } from './shell.ts'

/** The group of the control plane, and of what else is not a zone's. */
export const HOST_GROUP = 'host'

const root = '/sys/fs/cgroup'

/** Version 2 has one tree, version 1 one for each controller. */
const isUnified = () => existsSync(join(root, 'cgroup.controllers'))

const treeOf = (controller: 'cpu' | 'freezer') => (isUnified() ? root : join(root, controller))
const pathOf = (group: string) => join(treeOf('freezer'), cgroupName, group)

/** What the kubelet gets as `cgroupRoot`: the containers of a zone go below the zone's group. */
export const kubeletRoot = (zone: string) => `/${cgroupName}/${zone}`

/**
 * Shares of the processors, in cores; a busy thread beside the groups weighs one. On machines of their own, control plane and
 * pods would not meet, and a node has one kubelet, not three. Here each change of a pod wakes some thirty of their threads at
 * once, and voice that is due every 20 ms waited up to 400 ms behind them; with these weights it goes before them.
 */
const CONTROL_PLANE = 0.5
const DAEMONS_OF_A_ZONE = 0.25
/** All groups together, for each core: callers and tests stand beside it, and must not starve either. */
const CLUSTER_PER_CORE = 6

/**
 * Makes a group for every controller: a kubelet wants to find its root in all of them. A zone weighs as a machine does: by default
 * all pods of all zones would get as much of the processors as one busy thread of, say, a caller.
 */
export function ensureGroup(group: string): void {
  for (const each of trees()) mkdirSync(join(each, cgroupName, group), { recursive: true })
  if (isUnified()) {
    for (const parent of [root, join(root, cgroupName), join(root, cgroupName, group)])
      writeFileSync(join(parent, 'cgroup.subtree_control'), '+cpuset +cpu +io +memory +pids')
  }
  weigh('', CLUSTER_PER_CORE * cpus().length)
  weigh(group, group === HOST_GROUP ? CONTROL_PLANE : cpus().length)
}

function weigh(group: string, cores: number): void {
  const [file, ofACore] = isUnified() ? ['cpu.weight', 100] : ['cpu.shares', 1024]
  writeFileSync(join(treeOf('cpu'), cgroupName, group, file), `${cores * ofACore}`)
}

/**
 * Makes the group and returns the files that take a process in. The daemons get a leaf of their own because version 2
 * allows no process in a group that has children with controllers ("no internal processes").
 */
export function daemonGroups(group: string): string[] {
  ensureGroup(group)
  const leaf = join(cgroupName, group, 'daemons')
  const leaves = [...new Set([treeOf('freezer'), treeOf('cpu')])].map((tree) => join(tree, leaf))
  for (const each of leaves) mkdirSync(each, { recursive: true })
  if (group !== HOST_GROUP) weigh(join(group, 'daemons'), DAEMONS_OF_A_ZONE)
  return leaves.map((each) => join(each, 'cgroup.procs'))
}

/** Stops the scheduler from running anything in the group: to the rest of the world the zone hangs. */
export async function freeze(group: string): Promise<void> {
  await setFrozen(group, true)
}

/** Lets the group run again; harmless when it runs or does not exist. */
export async function thaw(group: string): Promise<void> {
  await setFrozen(group, false)
}

async function setFrozen(group: string, frozen: boolean): Promise<void> {
  const path = pathOf(group)
  if (!existsSync(path)) return
  if (isUnified()) writeFileSync(join(path, 'cgroup.freeze'), frozen ? '1' : '0')
  else writeFileSync(join(path, 'freezer.state'), frozen ? 'FROZEN' : 'THAWED')
  await until(`${group} to ${frozen ? 'freeze' : 'thaw'}`, 10, () => isFrozen(group) === frozen)
}

/** True when the whole group stands still. */
export function isFrozen(group: string): boolean {
  const path = pathOf(group)
  if (!existsSync(path)) return false
  if (!isUnified()) return readFileSync(join(path, 'freezer.state'), 'utf8').trim() === 'FROZEN'
  return readFileSync(join(path, 'cgroup.events'), 'utf8').includes('frozen 1')
}

/** The process ids in a group and below it. */
export function processesIn(group: string): number[] {
  return subtree(pathOf(group)).flatMap((path) => pidsOf(path))
}

/** The process ids of one container of a zone; empty when it is gone. */
export const processesOfContainer = (zone: string, id: string) =>
  subtree(pathOf(zone))
    .filter((path) => path.endsWith(`/${id}`))
    .flatMap((path) => pidsOf(path))

/** Kills everything in the group, also what forks meanwhile. Thaws first: a frozen process can't die in version 1. */
export async function killAll(group: string): Promise<number> {
  await thaw(group)
  let killed = 0
  await until(`the processes of ${group || cgroupName} to end`, 20, () => {
    const left = processesIn(group)
    for (const pid of left) killed += kill(pid)
    return left.length === 0
  })
  return killed
}

/** Removes our groups from every controller's tree. All processes in them must be gone. */
export function removeGroups(): void {
  for (const each of trees()) {
    for (const path of subtree(join(each, cgroupName)).reverse()) {
      try {
        rmdirSync(path)
      } catch {
        // /sys/fs/cgroup/cpu and cpuacct may be two names of one tree: gone is gone.
      }
    }
  }
}

/** Every hierarchy: one, or one for each controller. */
const trees = () => (isUnified() ? [root] : readdirSync(root).map((controller) => join(root, controller)))

function subtree(path: string): string[] {
  let below
  try {
    below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  } catch {
    return [] // never made, or gone while we walked
  }
  return [path, ...below.flatMap((entry) => subtree(join(path, entry.name)))]
}

function pidsOf(path: string): number[] {
  try {
    return readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    return [] // the group went away while we walked
  }
}

function kill(pid: number): number {
  try {
    process.kill(pid, 'SIGKILL')
    return 1
  } catch {
    return 0
  }
}
