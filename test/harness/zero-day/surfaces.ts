/** Where the machine of the cluster writes and remembers: its disk with the free blocks, its files in memory, its programs. */
import { execFileSync } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { processesIn } from '../../../hack/cluster/cgroups.ts'
import { mountPoints } from '../../../hack/cluster/down.ts'
import { runDir, stateDir, stateImage } from '../../../hack/cluster/settings.ts'
import type { Matcher } from '../octet-search/matcher.ts'
import { searchMemory } from '../octet-search/memory.ts'
import { searchFile, type Find } from '../octet-search/sources.ts'

export interface SurfaceFinds {
  /** Such as `disk`, `files in memory` or `memory of voice`. */
  readonly surface: string
  readonly octets: number
  readonly finds: readonly (Find & { readonly where?: string })[]
}

/** Whether the state lies on a disk of its own, whose free blocks can be read. */
const isOnDisk = () => mountPoints([stateDir]).includes(stateDir)

/** Skips a test whose cluster has no disk of its own. @throws Error when the test was asked for at full length */
export function needsDisk(test: Mocha.Context): void {
  if (isOnDisk()) return
  if (process.env['PROOF'] !== 'whole') test.skip()
  throw new Error(`${stateDir} is not on a disk of its own: run \`make cluster-down\`, then \`make zero-day\``)
}

/** All octets of the disk: etcd and its log, container layers, volumes, the database, pod logs, audit log, what was deleted. */
export async function searchDisk(matcher: Matcher): Promise<SurfaceFinds> {
  execFileSync('sync')
  return { surface: 'disk', ...(await searchFile(stateImage, matcher)) }
}

/** Files that lie in memory or beside the disk: sockets' folders, Secrets, volumes of medium Memory, /dev/shm of pods. */
export const searchFilesInMemory = (matcher: Matcher): Promise<SurfaceFinds> =>
  searchFiles([runDir, ...mountPoints([stateDir]).filter(isTmpfs)], matcher)

const isTmpfs = (point: string) =>
  readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${point} `) &&
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[4] === point && line.includes(' - tmpfs '))

async function searchFiles(folders: readonly string[], matcher: Matcher): Promise<SurfaceFinds> {
  const finds: (Find & { where: string })[] = []
  let octets = 0
  for (const file of folders.flatMap((folder) => [...filesBelow(folder)])) {
    const searched = await searchFile(file, matcher).catch(() => undefined) // deleted meanwhile
    octets += searched?.octets ?? 0
    for (const find of searched?.finds ?? []) finds.push({ ...find, where: file })
  }
  return { surface: 'files in memory', octets, finds }
}

function* filesBelow(folder: string): Iterable<string> {
  let entries
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    return
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !isOtherFilesystem(path)) yield* filesBelow(path)
    else if (entry.isFile()) yield path
  }
}

/** Root file systems of containers and their /proc are not walked twice. */
const isOtherFilesystem = (path: string) => {
  try {
    return path.endsWith('/rootfs') || lstatSync(path).dev !== lstatSync(join(path, '..')).dev
  } catch {
    return true
  }
}

/** The programs of the cluster: those of pods, of nodes, and of the control plane. One entry for each kind of program. */
export async function searchPrograms(
  matcher: Matcher,
  only: (name: string) => boolean = () => true,
): Promise<SurfaceFinds[]> {
  const all = new Map<string, { octets: number; finds: (Find & { where: string })[] }>()
  for (const pid of new Set(processesIn(''))) {
    const name = programName(pid)
    if (name === undefined || !only(name)) continue
    const entry = all.get(name) ?? { octets: 0, finds: [] }
    all.set(name, entry)
    const searched = await searchMemory(pid, matcher).catch(() => undefined) // it has ended
    entry.octets += searched?.octets ?? 0
    for (const find of searched?.finds ?? []) entry.finds.push({ ...find, where: `${pid} ${find.segment}` })
  }
  return [...all].map(([name, entry]) => ({ surface: `memory of ${name}`, ...entry }))
}

/** `voice`, `edge-agent` and so on of our own; of others the name of the program. */
function programName(pid: number): string | undefined {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const main = words.findIndex((word) => word.endsWith('src/main.ts'))
    if (main >= 0) return words[main + 1]!
    if (words[0] === '') return undefined
    return words[0]!.split(' ')[0]!.split('/').at(-1)!.replace(/:$/, '')
  } catch {
    return undefined
  }
}

/** How often each form was found, most first. */
export function countForms(finds: readonly Find[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const { name } of finds) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort(([, one], [, other]) => other - one)
}
