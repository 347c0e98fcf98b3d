/** Child processes of the benchmark, and what the kernel says of them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

export type Command = { program: string; args: string[]; env: Record<string, string>; cwd: string }

export type Running = {
  name: string
  pid: number
  logFile: string
  /** Resolves when the process has ended. */
  ended: Promise<void>
  hasEnded: () => boolean
  /** Asks it to end and kills it after 15 s. Harmless when it has. */
  stop: () => Promise<void>
}

const running = new Set<ChildProcess>()

/** Starts a program with its output in a log file. It ends with us at the latest. */
export function start(name: string, command: Command, logFile: string): Running {
  const log = openSync(logFile, 'a')
  const child = spawn(command.program, command.args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  running.add(child)
  let over = false
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true
      running.delete(child)
      resolve()
    }
    child.once('exit', end).once('error', end)
  })
  const stop = async () => {
    if (over) return
    child.kill('SIGTERM')
    const killer = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await ended
    clearTimeout(killer)
  }
  return { name, pid: child.pid ?? -1, logFile, ended, hasEnded: () => over, stop }
}

/** @throws with the end of its log when the process is dead */
export function assertRunning(it: Running): void {
  if (it.hasEnded()) throw new Error(`${it.name} died. ${it.logFile} ends with:\n${lastLines(it.logFile)}`)
}

const lastLines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-20).join('\n')

/** For the way out after Ctrl-C or a bug: no process is left behind. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

export type Usage = {
  /** Processor time so far, user and system. */
  cpuSeconds: number
  rssMiB: number
  /** The part of it that is not mapped from files (heap, stacks): what a container's memory limit counts. */
  anonMiB: number
  /** The highest RSS so far. */
  peakRssMiB: number
}

/** proc(5): clock ticks a second, fixed at 100 on Linux for user space. */
const TICKS = 100

/** @throws when the process is gone */
export function usage(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mebibytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
    rssMiB: mebibytes('VmRSS'),
    anonMiB: mebibytes('RssAnon'),
    peakRssMiB: mebibytes('VmHWM'),
  }
}
