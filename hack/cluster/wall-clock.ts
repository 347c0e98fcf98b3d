/** Sets the wall clocks of single processes: those of our own zones, and no other clock of this machine. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs'
import { pause } from './shell.ts'
import { clockPatches, readVdso, vdsoOf, type Patch, type Range } from './vdso.ts'

export const canSetWallClocks = process.arch === 'x64'

/** A thread that stands in the code that is to be rewritten goes on, and is asked again. Milliseconds. */
const RETRY_MS = 2
const MOST_TRIES = 500

/**
 * Every program that reads the wall clock there finds it so many seconds ahead of this machine's (or behind it) from now on; 0: as it is. What they
 * fork has it too, a program that is started later has not. Monotonic clocks go on. Processes that are gone are left out.
 */
export async function setWallClocks(pids: readonly number[], seconds: number): Promise<void> {
  const patches = clockPatches(readVdso(), seconds)
  for (const pid of pids)
    await setWallClock(pid, patches).catch((error: unknown) => {
      if (vdsoOf(pid) !== undefined) throw error
    })
}

async function setWallClock(pid: number, patches: readonly Patch[]): Promise<void> {
  const range = vdsoOf(pid)
  if (range === undefined || isDone(pid, range, patches)) return
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (!signal(pid, 'SIGSTOP')) return
    try {
      if (standsStill(pid, range)) return write(pid, range, patches)
    } finally {
      signal(pid, 'SIGCONT')
    }
    await pause(RETRY_MS)
  }
  throw new Error(`process ${pid} does not stop: its wall clock was not set`)
}

/** Every thread is stopped, and none within the vDSO. */
function standsStill(pid: number, { begin, end }: Range): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const of = (file: string) => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'latin1')
      // The state follows the name of the program, which is in brackets. "running", or the call and its arguments, the stack and the instruction.
      const state = of('stat').split(') ').at(-1)![0]
      const instruction = Number(of('syscall').trim().split(' ').at(-1))
      return state === 'T' && (instruction < begin || instruction >= end)
    })
  } catch {
    return false // a thread has ended meanwhile
  }
}

function isDone(pid: number, { begin }: Range, patches: readonly Patch[]): boolean {
  return withMemory(pid, 'r', (file) =>
    patches.every(({ at, code }) => {
      const has = Buffer.alloc(code.length)
      readSync(file, has, 0, has.length, begin + at)
      return has.equals(code)
    }),
  )
}

const write = (pid: number, { begin }: Range, patches: readonly Patch[]): void =>
  withMemory(pid, 'r+', (file) => {
    for (const { at, code } of patches) writeSync(file, code, 0, code.length, begin + at)
  })

function withMemory<T>(pid: number, flags: 'r' | 'r+', use: (file: number) => T): T {
  const file = openSync(`/proc/${pid}/mem`, flags)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
