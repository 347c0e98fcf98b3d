/**
 * Programs that outlive us. Each leaves a record (pid, its start time, a digest of how it was started); a record whose
 * process is gone, or whose pid belongs to another process by now, counts for nothing. So a crash or a reboot needs no
 * cleaning, and a changed flag or config file restarts just what it concerns.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, openSync, closeSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { daemonGroups, processesIn } from './cgroups.ts'
import { writeFile } from './files.ts'
import { pause, until } from './shell.ts'

/** Programs of Kubernetes collect garbage a quarter as often: a start of the API server takes a tenth to a quarter less of a processor, for 100 MB of memory. */
const LESS_COLLECTION = { GOGC: '400' }
const BOUND = '--pdeathsig'

export type Daemon = {
  name: string
  command: string
  args: readonly string[]
  env?: Record<string, string>
  /** Config files by path: written before the start, part of the digest. */
  files?: Record<string, string>
  /** Network namespace to run in; the host's without one. */
  netns?: string
  /** Cgroup below ours; none for programs that end with their caller. */
  cgroup?: string
  /** The kernel kills it when the process that starts it ends, however that ends. */
  endsWithCaller?: boolean
  /** Where records and logs go. */
  recordDir: string
  logFile: string
}

type DaemonRecord = { pid: number; startTime: string; bootId: string; digest: string }

/** Starts the daemon unless it runs already just so. Resolves with true when it was started. */
export async function ensureDaemon(daemon: Daemon): Promise<boolean> {
  const digest = digestOf(daemon)
  const record = readRecord(daemon)
  if (record && isAlive(record) && record.digest === digest) return false
  if (record) await stopRecorded(daemon.recordDir, daemon.name)
  endStrays(daemon)
  for (const [path, content] of Object.entries(daemon.files ?? {})) writeFile(path, content)
  const pid = launch(daemon)
  const startTime = startTimeOf(pid)
  if (!startTime) throw new Error(`${daemon.name} ended at once: ${logTail(daemon.logFile)}`)
  writeFile(recordFile(daemon.recordDir, daemon.name), JSON.stringify({ pid, startTime, bootId: bootId(), digest }))
  if (daemon.endsWithCaller) await untilBound(daemon.name, pid)
  return true
}

/** What binds it to its caller runs the program after that. A caller that died before would leave it. */
const untilBound = (name: string, pid: number): Promise<void> =>
  until(`${name} to be bound to its caller`, 30, () => {
    const [program = '', ...args] = argumentsOf(pid)
    return startTimeOf(pid) === undefined || (program !== '' && !args.includes(BOUND))
  })

/**
 * Waits until the daemon answers.
 * @throws with the end of its log when it dies instead, or when the time is over
 */
export async function untilServing(daemon: Daemon, seconds: number, answers: () => Promise<boolean>): Promise<void> {
  const tail = () => `${daemon.logFile} ends with:\n${logTail(daemon.logFile)}`
  let died = false
  const serves = async () => {
    died = !isRunning(daemon.recordDir, daemon.name)
    return died || (await answers().catch(() => false))
  }
  await until(daemon.name, seconds, serves).catch((cause: Error) => {
    throw new Error(`${cause.message}; ${tail()}`, { cause })
  })
  if (died) throw new Error(`${daemon.name} died; ${tail()}`)
}

/** True while the recorded process lives. */
export function isRunning(recordDir: string, name: string): boolean {
  const record = readRecord({ recordDir, name })
  return record !== undefined && isAlive(record)
}

/** The recorded process id, if it lives. */
export function pidOf(recordDir: string, name: string): number | undefined {
  const record = readRecord({ recordDir, name })
  return record && isAlive(record) ? record.pid : undefined
}

/** Ends one recorded daemon: asks, waits `graceMs`, then kills. Harmless when it is gone. */
export async function stopRecorded(recordDir: string, name: string, graceMs = 5000): Promise<void> {
  const record = readRecord({ recordDir, name })
  if (record && isAlive(record)) {
    signal(record.pid, 'SIGCONT')
    signal(record.pid, 'SIGTERM')
    const deadline = performance.now() + graceMs
    while (isAlive(record) && performance.now() < deadline) await pause(20)
    if (isAlive(record)) signal(record.pid, 'SIGKILL')
    while (isAlive(record)) await pause(20)
  }
  rmSync(recordFile(recordDir, name), { force: true })
}

/** Names of all daemons that have a record here, alive or not. */
export function recordedNames(recordDir: string): string[] {
  try {
    return readdirSync(recordDir)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
  } catch {
    return []
  }
}

/** What identifies a process for good: pids come back, start times in the same boot don't. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19] // proc(5): state is field 3, starttime field 22
  } catch {
    return undefined
  }
}

/** Changes with every boot of the machine. */
export const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

/** The last lines of a log, for error messages. */
function logTail(file: string, lines = 8): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } catch {
    return '(no log)'
  }
}

function launch(daemon: Daemon): number {
  mkdirSync(dirname(daemon.logFile), { recursive: true })
  const log = openSync(daemon.logFile, 'a')
  const inNamespace = daemon.netns ? ['nsenter', `--net=/run/netns/${daemon.netns}`] : []
  // Only the network is entered: `ip netns exec` would remount /sys and hide the cgroups from the kubelet.
  const groups = daemon.cgroup === undefined ? [] : daemonGroups(daemon.cgroup)
  const join = groups.map((file) => `echo $$ > ${file} && `).join('')
  const tether = daemon.endsWithCaller ? ['setpriv', BOUND, 'KILL'] : []
  const argv = [...inNamespace, ...tether, daemon.command, ...daemon.args]
  const child = spawn('/bin/sh', ['-c', `${join}exec "$@"`, 'sh', ...argv], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...LESS_COLLECTION, ...process.env, ...daemon.env },
    cwd: '/',
  })
  child.unref()
  closeSync(log)
  if (child.pid === undefined) throw new Error(`${daemon.name}: /bin/sh could not be started`)
  return child.pid
}

/** An `up` that died between starting a daemon and writing its record left one that nobody knows: it holds the port. */
function endStrays({ cgroup, command }: Daemon): void {
  if (!cgroup) return
  for (const pid of processesIn(`${cgroup}/daemons`)) if (argumentsOf(pid)[0] === command) signal(pid, 'SIGKILL')
}

/** The program first; nothing of a process that has ended, or that becomes another program at this moment. */
function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function digestOf({ command, args, env, files, netns }: Daemon): string {
  return createHash('sha256')
    .update(JSON.stringify([command, args, env, files, netns]))
    .digest('hex')
    .slice(0, 16)
}

const recordFile = (recordDir: string, name: string) => join(recordDir, `${name}.json`)

function readRecord({ recordDir, name }: { recordDir: string; name: string }): DaemonRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(recordDir, name), 'utf8')) as DaemonRecord
  } catch {
    return undefined // none, or cut short by a crash: then its process is found by cgroup
  }
}

const isAlive = (record: DaemonRecord) => record.bootId === bootId() && startTimeOf(record.pid) === record.startTime

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // it ended by itself
  }
}
