/** What a process uses, as the kernel counts it (proc(5)). */
import { readFileSync } from 'node:fs'

/** Ticks of /proc/PID/stat are hundredths of a second on every Linux. */
const TICKS = 100
const PAGE_KIB = 4

/** Seconds of processor time that all its threads took so far. */
export const cpuSeconds = (pid: number): number => ticksOf(pid, 11, 13) / TICKS

/** The same with that of its children that have ended, and theirs. */
export const cpuSecondsOfFamily = (pid: number): number => ticksOf(pid, 11, 15) / TICKS

function ticksOf(pid: number, from: number, to: number): number {
  // The name in parentheses may hold blanks; what we want comes after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return fields.slice(from, to).reduce((sum, ticks) => sum + Number(ticks), 0)
}

export const rssMiB = (pid: number) =>
  (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_KIB) / 1024
