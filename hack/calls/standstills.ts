/** Times in which no core of the machine ran anything, seen by a real-time process on each: no program on it could send voice. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { join } from 'node:path'

export interface Stall {
  /** Unix time in milliseconds. */
  from: number
  until: number
}

export interface Standstills {
  times: number
  longestMs: number
  totalMs: number
}

/** What all cores had in common: while one of them runs, the machine doesn't stand still. Pure. */
export function commonStalls(cores: readonly (readonly Stall[])[]): Stall[] {
  const [first = [], ...others] = cores
  return others.reduce<Stall[]>(
    (common, core) =>
      common.flatMap((one) =>
        core
          .map((other) => ({ from: Math.max(one.from, other.from), until: Math.min(one.until, other.until) }))
          .filter(({ from, until }) => until > from),
      ),
    [...first],
  )
}

/** Lines of stall-witness.ts. Pure. */
export const stallsIn = (lines: string): Stall[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ').map(Number) as [number, number])
    .map(([from, ms]) => ({ from, until: from + ms }))

const sumUp = (stalls: readonly Stall[]): Standstills => {
  const lengths = stalls.map(({ from, until }) => until - from)
  return {
    times: lengths.length,
    longestMs: Math.max(0, ...lengths),
    totalMs: lengths.reduce((sum, ms) => sum + ms, 0),
  }
}

/** Watches until `stop`, which resolves with undefined where nobody may have real-time priority. */
export function watchStandstills(): { stop(): Promise<Standstills | undefined> } {
  const witness = join(import.meta.dirname, 'stall-witness.ts')
  const watched = cpus().map((_, core) => {
    const pinned = ['-f', '50', 'taskset', '-c', `${core}`, process.execPath, witness]
    const child = spawn('chrt', pinned, { stdio: ['ignore', 'pipe', 'ignore'] })
    let lines = ''
    child.stdout.on('data', (chunk: Buffer) => (lines += chunk))
    return { child, ended: endOf(child), lines: () => lines }
  })
  return {
    async stop() {
      const areThere = watched.every(({ child }) => child.exitCode === null && child.pid !== undefined)
      for (const { child } of watched) child.kill()
      await Promise.all(watched.map(({ ended }) => ended))
      return areThere ? sumUp(commonStalls(watched.map(({ lines }) => stallsIn(lines())))) : undefined
    },
  }
}

const endOf = (child: ChildProcess) => Promise.race([once(child, 'exit'), once(child, 'error')])

/** A row of a table of figures. */
export const standstillRow = (seen: Standstills | undefined): [string, string] => [
  'the whole machine stood still',
  seen === undefined
    ? 'not watched: needs real-time priority'
    : `${seen.times} times, ${seen.longestMs.toFixed(0)} ms at most, ${seen.totalMs.toFixed(0)} ms in all`,
]
