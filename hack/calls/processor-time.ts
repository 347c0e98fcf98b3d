/** Processor time that nobody wanted, and that which a hypervisor gave to others while somebody here wanted to run: no program of ours could send voice then. */
import { readFileSync } from 'node:fs'

interface ProcessorTime {
  /** In ticks of the kernel, of all processors. */
  all: number
  stolen: number
  /** Nobody wanted to run, or who did waited for a disk. */
  idle: number
}

/** @param text /proc/stat (proc_stat(5)): its first line sums up all processors; its fourth and fifth numbers are idle time, its eighth is what was stolen. Pure. */
export function processorTimeIn(text: string): ProcessorTime {
  const [line = ''] = text.split('\n', 1)
  const ticks = line.split(/\s+/).slice(1, 9).map(Number)
  return {
    all: ticks.reduce((sum, each) => sum + each, 0),
    stolen: ticks[7] ?? 0,
    idle: (ticks[3] ?? 0) + (ticks[4] ?? 0),
  }
}

/** The share of processor time, 0 to 1, that was stolen or idle between two readings. Pure. */
export const shareOf = (what: 'stolen' | 'idle', before: ProcessorTime, after: ProcessorTime): number =>
  after.all > before.all ? (after[what] - before[what]) / (after.all - before.all) : 0

const now = () => processorTimeIn(readFileSync('/proc/stat', 'utf8'))

function watch(what: 'stolen' | 'idle'): () => number {
  const before = now()
  return () => shareOf(what, before, now())
}

/** Begins to watch. @returns the share that was stolen until it is called */
export const watchStolenTime = (): (() => number) => watch('stolen')

/** Begins to watch. @returns the share that was idle until it is called */
export const watchIdleTime = (): (() => number) => watch('idle')

/** A row of a table of figures. */
export const stolenRow = (share: number): [string, string] => [
  'processor time given to other machines',
  `${(share * 100).toFixed(1)} %`,
]
