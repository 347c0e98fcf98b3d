/** What has to be so before anything is touched. Every refusal names the cure. */
import { existsSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { allModules, binDir, clusterModules } from './binaries.ts'
import { pidOf } from './daemons.ts'
import { isInstalled } from './packages.ts'
import { ports, stateDir } from './settings.ts'
import { tryRun } from './shell.ts'
import { join } from 'node:path'

const gigabyte = 1024 ** 3
const neededBytes = 9 * gigabyte

/** @throws with everything that is wrong at once, so that nobody fixes one thing to meet the next */
export async function preflight(): Promise<void> {
  const troubles = [...checkUser(), ...checkKernel(), ...checkGo(), ...checkDisk(), ...(await checkPorts())]
  if (troubles.length > 0)
    throw new Error(`this machine is not ready:\n${troubles.map((each) => `  - ${each}`).join('\n')}`)
}

/** Namespaces, mounts and cgroups are root's. */
export function checkUser(uid = process.getuid?.()): string[] {
  return uid === 0 ? [] : ['it needs root for namespaces, mounts and cgroups: run it with sudo -E']
}

/** @throws for others than root */
export function refuseUnlessRoot(): void {
  for (const trouble of checkUser()) throw new Error(trouble)
}

function checkKernel(): string[] {
  if (process.platform !== 'linux')
    return ['it needs Linux: on another system use CLUSTER=current with a cluster of yours']
  return existsSync('/sys/fs/cgroup') ? [] : ['no cgroups at /sys/fs/cgroup: mount them (see mount(8), cgroups(7))']
}

function checkGo(): string[] {
  const missing = clusterModules.some((module) => !existsSync(binDir(module)))
  const found =
    isInstalled('go') || existsSync('/usr/local/go/bin/go') || (process.env['PATH'] ?? '').includes('go/bin')
  return missing && !found ? ['no go: install Go 1.26 or newer (https://go.dev/dl) to build the cluster once'] : []
}

function checkDisk(): string[] {
  const { bavail, bsize } = statfsSync('/var/lib')
  const free = bavail * bsize
  const isCold = allModules.some((module) => !existsSync(binDir(module)))
  if (!isCold || free >= neededBytes) return []
  return [
    `only ${(free / gigabyte).toFixed(1)} GB free at /var/lib, 9 GB needed: make room, or \`make cluster-down\` elsewhere`,
  ]
}

async function checkPorts(): Promise<string[]> {
  const wanted: [string, number][] = [
    ['etcd', ports.etcd],
    ['etcd', ports.etcdPeer],
    ['kube-controller-manager', ports.controllerManager],
    ['kube-scheduler', ports.scheduler],
  ]
  const troubles: string[] = []
  for (const [name, port] of wanted) {
    if (pidOf(join(stateDir, 'run'), name) !== undefined || (await isFree(port))) continue
    troubles.push(
      `port ${port} (for ${name}) is taken by ${await holderOf(port)}: stop it, or \`make cluster-down\` first`,
    )
  }
  return troubles
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/** Who listens on a port, according to `ss`. */
async function holderOf(port: number): Promise<string> {
  const { stdout } = await tryRun('ss', ['-Hltnp', `sport = :${port}`])
  return /users:\(\("([^"]+)",pid=(\d+)/.exec(stdout)?.slice(1, 3).join(', pid ') ?? 'another process'
}
