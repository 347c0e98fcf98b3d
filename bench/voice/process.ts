/** What a process uses, as the kernel counts it (proc(5)). */
import { readFileSync } from 'node:fs'

/** Ticks of /proc/PID/stat are hundredths of a second on every Linux. */
const TICKS = 100
const PAGE_KIB = 4

/** Seconds of processor time that all its threads took so far. */
export function cpuSeconds(pid: number): number {
  // The name in parentheses may hold blanks; what we want comes after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

export const rssMiB = (pid: number) =>
  (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_KIB) / 1024
